# The cases. Each is a function that stands on its own: it brings about what it needs, calls `check` or
# `await` for each thing that must hold, and leaves what it measured in DETAIL.
#
# shellcheck shell=bash disable=SC2317 # functions are called by their names

unit=hushd.service
config=/etc/hushd.yaml

show() { systemctl show "$unit" -P "$1"; }
pid() { show MainPID; }

# The state is the first name of a state in the text that hushd gives systemd.
state() {
  local text
  text=$(show StatusText)
  [[ ${text,,} =~ waiting|starting|running|recovering ]] && echo "${BASH_REMATCH[0]}"
}
state_is() { [[ " $* " == *" $(state) "* ]]; }

fail() { FAILED="${FAILED:+$FAILED, }$*"; }
note() { DETAIL="${DETAIL:+$DETAIL, }$*"; }

# check TEXT COMMAND...: the command must succeed.
check() {
  local text=$1
  shift
  "$@" || fail "$text"
}

# await SECONDS TEXT COMMAND...: the command must succeed within that time; TAKEN says when, in ms. It
# asks often at first and then less: what the machine does costs the host's time, waiting does not.
await() {
  local limit=$1 text=$2 start=${EPOCHREALTIME/./} pause=0.05
  shift 2
  until "$@"; do
    TAKEN=$(((${EPOCHREALTIME/./} - start) / 1000))
    if [ "$TAKEN" -gt $((limit * 1000)) ]; then
      fail "not within $limit s: $text (state '$(state)', $(show ActiveState))"
      return 1
    fi
    [ "$TAKEN" -lt 2000 ] || pause=0.5
    sleep "$pause"
  done
  TAKEN=$(((${EPOCHREALTIME/./} - start) / 1000))
}

# begin NAME: the service runs afresh with guest/NAME.yaml, or with the file of that path.
begin() {
  afresh "$1" && await 15 "running" state_is running
}

# afresh NAME: the same without waiting for its device.
afresh() {
  local file=$1
  [ -e "$file" ] || file=/host/guest/$1.yaml
  systemctl stop "$unit"
  systemctl reset-failed "$unit" 2>/dev/null
  install -m 644 "$file" "$config"
  timeout 10 systemctl start "$unit" || {
    fail "start fails"
    return 1
  }
}

# same PID RESTARTS: it is still that process.
same() { [ "$(pid)" = "$1" ] && [ "$(show NRestarts)" = "$2" ]; }

# ask WHAT: the host does what it takes numpy to do, and answers with a verdict and a measurement.
ask() {
  local answer=/host/answer/$1
  rm -f "$answer"
  touch "/host/ask/$1"
  until [ -s "$answer" ]; do sleep 0.1; done
  note "$(sed 1d "$answer" | tr '\n' ' ')"
  [ "$(head -n 1 "$answer")" = ok ]
}

# take NAME FILE SECONDS FROM TO RATE: plays FILE into one cable and records another.
take() {
  chrt -f 40 arecord -q -D "$5" -f S16_LE -r "$6" -c 1 -d "$3" --buffer-time=500000 /run/take.wav &
  local recorder=$!
  sleep 0.5
  chrt -f 40 aplay -q -D "$4" --buffer-time=500000 "/host/audio/$2"
  wait "$recorder"
  mv /run/take.wav "/host/audio/$1.wav"
}

# heard NAME SECONDS: what comes out is what `hush denoise` makes of what goes in.
heard() {
  take "take-$1" "$1.wav" "$2" plughw:Loopback,0,0 plughw:Loopback,1,1 16000
  ask "score-$1"
}

# followed NAME FROM TO: the same at 48 kHz between two cards, where a resampler follows the clock.
followed() {
  take "take-$1" "$1.wav" 11 "$2" "$3" 48000
  ask "follow-$1"
}

# told: what hushd answers to SIGUSR1, shortened to its figures.
told() {
  local from
  from=$(date +%s)
  systemctl kill -s USR1 --kill-who=main "$unit"
  sleep 0.3
  journalctl --no-pager -o cat -u "$unit" --since "@$from" | sed -n 's/.*status: .*; \(latency.*\)/\1/p'
}

# A boot without any sound device; the service is not asked to start.
case_boot() {
  check "active" [ "$(show ActiveState)" = active ]
  check "Type=notify" [ "$(show Type)" = notify ]
  check "enabled" [ "$(systemctl is-enabled "$unit")" = enabled ]
  check "no restart" [ "$(show NRestarts)" = 0 ]
  check "no sound device yet" [ ! -e /dev/snd/pcmC0D0c ]
  await 5 "waiting" state_is waiting
  check "status is shown" grep -q 'Status: "' <(systemctl status --no-pager "$unit")
  check "systemd has nothing to say about the unit" \
    [ -z "$(journalctl -b -p warning --no-pager -o cat _PID=1 UNIT=$unit)" ]
  note "$(($(show ActiveEnterTimestampMonotonic) / 1000)) ms after boot, '$(show StatusText)'"
  local first
  first=$(pid)
  modprobe snd-aloop
  await 10 "running once the device is there" state_is running
  check "same process" same "$first" 0
  note "running $TAKEN ms after modprobe"
}

# The service starts before its device, and again it comes later.
case_late_device() {
  systemctl stop "$unit"
  modprobe -r snd-aloop
  check "no cable" [ ! -e /proc/asound/Loopback ]
  if afresh loop && await 5 "waiting" state_is waiting; then
    local first
    first=$(pid)
    sleep 6 # more than WatchdogSec
    modprobe snd-aloop
    await 10 "running once the device is there" state_is running
    note "running $TAKEN ms after modprobe"
    check "same process" same "$first" 0
  fi
  modprobe snd-aloop
}

# What systemd grants, as the kernel sees it.
case_rights() {
  begin loop || return
  local p status limits fifo=() task stat comm fields
  p=$(pid)
  status=$(cat "/proc/$p/status")
  limits=$(cat "/proc/$p/limits")
  field() { awk -v key="$1:" '$1 == key { print $2 }' <<<"$status"; }
  check "a dynamic user ($(field Uid))" [ "$(field Uid)" -ge 61184 -a "$(field Uid)" -le 65519 ]
  check "in group audio" grep -qw "$(getent group audio | cut -d : -f 3)" \
    <(sed -n 's/^Groups:\t//p' <<<"$status")
  check "no capabilities" [ "$(field CapEff)$(field CapBnd)" = 00000000000000000000000000000000 ]
  check "no new privileges" [ "$(field NoNewPrivs)" = 1 ]
  check "a filter of system calls" [ "$(field Seccomp)" = 2 ]
  check "a network of its own" [ "$(readlink "/proc/$p/ns/net")" != "$(readlink /proc/1/ns/net)" ]
  check "memlock unlimited" grep -q '^Max locked memory  *unlimited' <<<"$limits"
  check "memory locked" [ "$(field VmLck)" -gt 0 ]
  for task in "/proc/$p/task"/*; do
    stat=$(cat "$task/stat") || continue
    comm=$(cat "$task/comm")
    read -ra fields <<<"${stat##*) }" # from field 3 on
    [ "${fields[38]}" = 1 ] || continue # policy: SCHED_FIFO
    fifo+=("$comm:${fields[37]}")
    check "the main thread is not real-time" [ "${task##*/}" != "$p" ]
  done
  check "three threads with SCHED_FIFO (${fifo[*]})" [ ${#fifo[@]} = 3 ]
  note "uid $(field Uid), FIFO ${fifo[*]}, locked $(field VmLck) kB"
}

# Noisy speech in, the same as `hush denoise` makes of it out.
case_loop() {
  begin loop || return
  local first restarts
  first=$(pid)
  restarts=$(show NRestarts)
  local used
  used=$(show CPUUsageNSec)
  check "what comes out is what hush denoise makes" heard noisy 15
  note "$((($(show CPUUsageNSec) - used) / 1000000)) ms of CPU"
  check "same process" same "$first" "$restarts"
}

# A process that hangs is killed and started again, and sound passes again.
case_watchdog() {
  begin loop || return
  local first restarts
  first=$(pid)
  restarts=$(show NRestarts)
  kill -STOP "$first"
  restarted() { [ "$(show NRestarts)" -gt "$restarts" ] && [ "$(pid)" != "$first" ]; }
  if ! await 15 "restarted" restarted; then
    kill -CONT "$first"
    return
  fi
  note "restarted after $TAKEN ms"
  await 15 "running" state_is running || return
  check "systemd says why" grep -qi watchdog \
    <(journalctl -b --no-pager -o cat _PID=1 UNIT=$unit -n 20)
  check "sound passes again" heard short 6
}

# hda: the number of the card that can be unplugged.
hda() { sed -n 's/^ *\([0-9]*\) \[Intel .*/\1/p' /proc/asound/cards; }

# moves CARD: both of its directions do.
moves() {
  local way at
  for way in c p; do
    at=$(sed -n 's/^hw_ptr *: //p' "/proc/asound/card$1/pcm0$way/sub0/status")
    sleep 0.1
    [ "$(sed -n 's/^hw_ptr *: //p' "/proc/asound/card$1/pcm0$way/sub0/status")" != "$at" ] || return 1
  done
}

descriptors() { find "/proc/$(pid)/fd" -type l | wc -l; }

# A card is pulled out and comes back: one process sees both.
case_unplug() {
  modprobe snd-hda-intel
  echo 1 >/sys/bus/pci/rescan
  local card cycle first restarts open
  plugged() { [ -n "$(hda)" ]; }
  written() { [ -z "$(jobs -r)" ]; }
  unplugged() { written && [ -z "$(hda)" ]; }
  await 10 "the card" plugged || return
  begin unplug || return
  first=$(pid)
  restarts=$(show NRestarts)
  card=$(hda)
  await 10 "sound moves" moves "$card" || return
  open=$(descriptors)
  for cycle in 1 2 3; do
    # In the background: the kernel keeps the writer until the last user has closed the card.
    echo 1 >"/sys/class/sound/card$card/device/remove" &
    await 10 "seen as gone (cycle $cycle)" state_is waiting recovering || break
    note "gone: $TAKEN ms"
    await 10 "the card let go (cycle $cycle)" unplugged || break
    sleep 1
    echo 1 >/sys/bus/pci/rescan
    await 20 "running again (cycle $cycle)" state_is running || break
    note "back: $TAKEN ms"
    card=$(hda)
    await 10 "sound moves again" moves "$card" || break
    same "$first" "$restarts" || {
      fail "not the same process (cycle $cycle)"
      break
    }
  done
  check "no descriptor is left open ($open, $(descriptors))" [ "$(descriptors)" -le "$open" ]
  if [ -n "$FAILED" ]; then # so that the next one finds the card
    systemctl stop "$unit"
    await 10 "the card let go at last" written
    echo 1 >/sys/bus/pci/rescan
  fi
}

# SIGHUP reads the configuration again and changes nothing else.
case_reload() {
  begin loop || return
  local first restarts
  first=$(pid)
  restarts=$(show NRestarts)
  check "reload" systemctl reload "$unit"
  sleep 1
  await 5 "running" state_is running
  check "same process" same "$first" "$restarts"
}

# SIGTERM ends it in time and without a fault, and what it wrote is whole.
case_stop() {
  rm -rf /var/lib/private/hushd/*
  begin file || return
  chrt -f 40 aplay -q -D plughw:Loopback,0,0 --buffer-time=500000 /host/audio/short.wav
  local start=${EPOCHREALTIME/./}
  systemctl stop "$unit"
  note "stopped in $(((${EPOCHREALTIME/./} - start) / 1000)) ms"
  check "result ($(show Result))" [ "$(show Result)" = success ]
  check "exit code ($(show ExecMainCode) $(show ExecMainStatus))" \
    [ "$(show ExecMainCode) $(show ExecMainStatus)" = "1 0" ]
  check "a recording" cp /var/lib/private/hushd/take*.wav /host/audio/recording.wav
  check "the recording is whole" ask recording
}

recipes=/usr/local/share/doc/hush

# The microphone "hush" as Config/README.md has it set up, with files copied and none changed. A cable
# of the test's own is the real microphone.
case_virtual_microphone() {
  local from=$recipes/virtual-microphone copied
  copied=(/etc/modprobe.d/hush.conf /etc/modules-load.d/hush.conf /etc/asound.conf /etc/modprobe.d/mic.conf)
  systemctl stop "$unit"
  modprobe -r snd-aloop snd-hda-intel
  install -D -m 644 "$from/modprobe.conf" /etc/modprobe.d/hush.conf
  install -D -m 644 "$from/modules-load.conf" /etc/modules-load.d/hush.conf
  install -m 644 "$from/asound.conf" /etc/asound.conf
  systemctl restart systemd-modules-load.service
  check "a card Hush ($(tr '\n' ' ' </proc/asound/cards))" [ -e /proc/asound/Hush ]
  check "which is not the first" [ ! -e /proc/asound/card0 ]
  modprobe -r snd-aloop
  echo 'options snd-aloop id=Hush,Microphone index=-2,0 enable=1,1 pcm_substreams=1,1' >/etc/modprobe.d/mic.conf
  modprobe snd-aloop
  check "both cards ($(tr '\n' ' ' </proc/asound/cards))" [ -e /proc/asound/Hush -a -e /proc/asound/Microphone ]
  if begin "$from/hushd.yaml"; then
    check "denoised sound" followed wide plughw:CARD=Microphone,DEV=1 hush
    note "$(told)"
    # The line of the README, beside another program that records.
    arecord -q -D hush -f S16_LE -r 16000 -c 1 -d 3 /run/other.wav &
    check "a recording by the README's line" arecord -q -D hush -f cd -d 1 /run/voice.wav
    check "of two programs at once" wait $!
    check "no xruns" grep -qv xruns <<<"$(told)"
  fi
  systemctl stop "$unit"
  rm -f "${copied[@]}"
  modprobe -r snd-aloop
  modprobe snd-aloop
}

# A microphone and headphones that are two cards, with the names that the recipe gives them.
case_usb_headphones() {
  systemctl stop "$unit"
  modprobe -r snd-aloop
  modprobe snd-aloop id=Microphone,Headphones index=2,3 enable=1,1
  if begin "$recipes/usb-headphones.yaml"; then
    check "denoised sound" \
      followed gentle plughw:CARD=Microphone,DEV=1 plughw:CARD=Headphones,DEV=1
    note "$(show StatusText)"
    check "no xruns" grep -qv xruns <<<"$(told)"
  fi
  systemctl stop "$unit"
  modprobe -r snd-aloop
  modprobe snd-aloop
}
