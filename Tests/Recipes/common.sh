# What the recipes' tests share: a private sound server with two devices that go nowhere, `room`, from
# which hushd hears, and `ears`, on which it plays. Speech with noise is played into the room; what
# comes to the ears must be what `hush denoise` makes of the same file.
#
# shellcheck shell=bash

recipe=$1
SUDO=${SUDO-$([ "$(id -u)" = 0 ] || echo sudo)}
BUILD=${BUILD:-.build/release}
PYTHON=${PYTHON:-python3}
score=score             # or follow: see Tests/VM/audio.py
takes=${TAKES:-3}        # real time only counts on a machine that is not starved
cpu_limit=8             # % of a core that hushd may take
folder=$(mktemp -d)     # the server's home, socket and all
started=()

finish() {
  local i
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do kill "${started[i]}" 2>/dev/null; done
  wait
  started=()
}
trap 'finish; rm -rf "$folder"' EXIT

# install_missing FILE:PACKAGE...: what is there is not asked for.
install_missing() {
  local pair need=()
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null || need+=("${pair#*:}")
  done
  "$PYTHON" -c 'import numpy' 2>/dev/null || {
    PYTHON=/usr/bin/python3 # Debian's has Debian's numpy
    "$PYTHON" -c 'import numpy' 2>/dev/null || need+=(python3-numpy)
  }
  [ ${#need[@]} -gt 0 ] || return 0
  $SUDO apt-get update -qq
  $SUDO env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${need[@]}"
}

# The server and the programs that play and record stand for hardware: they may not be late.
prompt() {
  if chrt -f "$1" true 2>/dev/null; then exec chrt -f "$@"; else shift && exec "$@"; fi
}

# start NAME PRIORITY COMMAND...: in the background until `finish`; what it says is in $folder/NAME.log.
start() {
  local log=$folder/$1.log
  shift
  (prompt "$@") >"$log" 2>&1 &
  started+=($!)
}

# until_so SECONDS COMMAND...: false where it does not succeed within that time.
until_so() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.05
  done
}

running() {
  grep -qs 'capture running' "$folder/hushd.log" && grep -q 'output running' "$folder/hushd.log"
}

# told: hushd's figures, as it answers SIGUSR1.
told() {
  kill -USR1 "$hushd"
  sleep 0.3
  sed -n 's/.*status: .*; \(latency.*\)/\1/p' "$folder/hushd.log" | tail -n 1
}

ended() { ! kill -0 "$hushd" 2>/dev/null; }

ticks() { awk '{ print $14 + $15 }' "/proc/$hushd/stat"; }

# take: plays, records and scores once. The recipe's script defines serve, play and record.
take() {
  local hushd used began said verdict cpu
  serve || return 1
  "$BUILD/hushd" --config "Config/$recipe.yaml" >"$folder/hushd.log" 2>&1 &
  hushd=$!
  started+=("$hushd")
  until_so 10 running || {
    echo "hushd does not run:" && cat "$folder/hushd.log"
    return 1
  }
  sleep 2 # the latency is found, and held from now on
  record "$folder/take-wide.wav"
  used=$(ticks) began=${EPOCHREALTIME/./}
  play "$folder/wide.wav"
  cpu=$(((($(ticks) - used) * 1000000 / $(getconf CLK_TCK)) * 100 / (${EPOCHREALTIME/./} - began)))
  said=$(told)
  sleep 1
  kill "$hushd"
  until_so 5 ended || {
    echo "hushd does not end"
    kill -KILL "$hushd"
    return 1
  }
  finish
  verdict=$("$PYTHON" Tests/VM/audio.py "$score-wide" "$folder")
  echo "$(sed 1d <<<"$verdict"); $said; $cpu % of a core"
  [ "$cpu" -le "$cpu_limit" ] || {
    echo "hushd takes more than $cpu_limit % of a core"
    return 1
  }
  [ "$(head -n 1 <<<"$verdict")" = ok ]
}

# go: one good take of three is asked for.
go() {
  local i
  "$PYTHON" Tests/VM/audio.py prepare "$folder" "$BUILD/hush" Demo/reader.flac
  for ((i = 1; i <= takes; i++)); do
    echo -n "$recipe, take $i: "
    if take; then
      echo "ok: $recipe"
      exit
    fi
    finish
  done
  echo "not ok: $recipe" >&2
  tail -n 20 "$folder"/*.log >&2
  exit 1
}
