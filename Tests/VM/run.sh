#!/usr/bin/env bash
# make test-vm: installs the built package into a virtual machine, boots it and runs guest/cases.sh.
#
#   run.sh                   every case with the installed hushd
#   run.sh loop stop         these cases (boot comes first in any case)
#   run.sh --standin [...]   with standin.c in hushd's place
#   run.sh --prove [...]     each case against the stand-in's faults: it must see them
#
# Left in .vm/run afterwards: share/results.tap, guest.log (what the cases did), console.log,
# share/journal.log, share/audio (what was played and recorded). HUSH_VM_TIMEOUT: seconds for it all.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
cache=$PWD/.vm
run=$cache/run
share=$run/share
SUDO=${SUDO-$([ "$(id -u)" = 0 ] || echo sudo)}

standin='' mode=cases limit=${HUSH_VM_TIMEOUT:-600}
case ${1-} in
  --standin) standin=1 && shift ;;
  --prove) standin=1 mode=prove limit=${HUSH_VM_TIMEOUT:-1500} && shift ;;
esac
cases=("$@")
[ $# -gt 0 ] || cases=(rights loop watchdog virtual_microphone usb_headphones unplug reload stop late_device)

PYTHON=${PYTHON:-python3}
need=()
command -v qemu-system-x86_64 >/dev/null || need+=(qemu-system-x86)
command -v busybox >/dev/null || need+=(busybox-static)
"$PYTHON" -c 'import numpy' 2>/dev/null || {
  PYTHON=/usr/bin/python3 # Debian's has Debian's numpy
  "$PYTHON" -c 'import numpy' 2>/dev/null || need+=(python3-numpy)
}
if [ -n "$standin" ]; then
  pkg-config --exists alsa 2>/dev/null || need+=(gcc libc6-dev pkg-config libasound2-dev)
fi
if [ ${#need[@]} -gt 0 ]; then
  $SUDO apt-get update -qq
  $SUDO env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${need[@]}"
fi

image=$("$here/build-image.sh" "$cache")
start=$SECONDS
rm -rf "$run"
mkdir -p "$share"/{ask,answer,audio,guest}

# The package, as `make install` lays it out, and the service enabled as `systemctl enable` would.
payload=$run/payload
${MAKE:-make} -s install DESTDIR="$payload/payload" prefix=/usr/local sysconfdir=/etc >"$run/install.log" 2>&1 ||
  { cat "$run/install.log" && exit 1; }
payload=$payload/payload
if [ -n "$standin" ]; then
  # The recipes are more than the stand-in understands: their faults are put into hushd itself.
  cp "$payload/usr/local/bin/hushd" "$payload/usr/local/bin/hushd-itself"
  gcc -std=gnu11 -O2 -Wall -Wextra -Werror -o "$payload/usr/local/bin/hushd" "$here/standin.c" -lasound -lpthread
fi
[ -x "$payload/usr/local/bin/hushd" ] ||
  { echo "make install has installed no hushd (run.sh --standin tests the cases)" >&2 && exit 1; }
wants=$payload/etc/systemd/system/multi-user.target.wants
mkdir -p "$wants"
ln -s /usr/local/lib/systemd/system/hushd.service "$wants/"
install -m 644 "$here/guest/loop.yaml" "$payload/etc/hushd.yaml"
# A second archive after the first: the kernel unpacks both.
(cd "$run/payload" && find . | busybox cpio -o -H newc 2>/dev/null) >"$run/payload.img"
cat "$image/initrd.img" "$run/payload.img" >"$run/initrd.img"
rm -r "$run/payload" "$run/payload.img"

cp "$here"/guest/{main.sh,cases.sh,faults,*.yaml} "$share/guest/"
echo "$mode" >"$share/mode"
printf '%s\n' boot "${cases[@]}" | awk '!seen[$0]++' >"$share/cases"
"$PYTHON" "$here/audio.py" prepare "$share/audio" "${BUILD:-.build/release}/hush" Demo/reader.flac
touch "$share/results.tap"

# The machine's clock counts its instructions, a nanosecond each, and jumps ahead where it has none to
# do: to what runs inside it is one core of 10^9 instructions per second and always on time, however
# slow the emulation and however busy the host. On the host's clock every take has xruns.
clock=(-accel "tcg,thread=single" -icount "shift=0,sleep=off" -rtc clock=vm -smp 1)

# No card is there at boot: the cases load them. Without `mitigations=off` the emulation is slower.
qemu-system-x86_64 "${clock[@]}" -cpu max -m 768 -nographic -no-reboot -nodefaults \
  -serial "file:$run/console.log" -kernel "$image/vmlinuz" -initrd "$run/initrd.img" \
  -drive "file=$image/root.img,if=virtio,format=raw,snapshot=on" \
  -virtfs "local,path=$share,mount_tag=host,security_model=none" \
  -audiodev none,id=a0 -device intel-hda -device hda-duplex,audiodev=a0 \
  -append "console=ttyS0 root=/dev/vda rw quiet mitigations=off nokaslr systemd.show_status=0 \
random.trust_cpu=on modprobe.blacklist=snd_hda_intel,snd_intel_dspcfg" &
qemu=$!
trap 'kill "$qemu" 2>/dev/null && wait "$qemu" || true' EXIT

# Shows results as they come and answers the cases' questions.
shown=0
pump() {
  local question name
  for question in "$share"/ask/*; do
    [ -e "$question" ] || continue
    name=${question##*/}
    rm -f "$question"
    "$PYTHON" "$here/audio.py" "$name" "$share/audio" >"$run/answer" 2>>"$run/answer.log" ||
      printf 'not ok\nthe question failed, see answer.log\n' >"$run/answer"
    mv "$run/answer" "$share/answer/$name"
  done
  mapfile -t results <"$share/results.tap"
  [ "${#results[@]}" = "$shown" ] || printf '%s\n' "${results[@]:shown}"
  shown=${#results[@]}
}
finished=
booted=$SECONDS
while kill -0 "$qemu" 2>/dev/null; do
  pump
  if [ $((SECONDS - booted)) -gt "$limit" ]; then
    echo "Bail out! not done within $limit s"
    break
  fi
  sleep 0.2
done
pump
count=$(grep -cE '^(not )?ok ' "$share/results.tap" || true)
grep -q "^1\.\.$count$" "$share/results.tap" && finished=1
failures=$(grep -c '^not ok ' "$share/results.tap" || true)
rm -f "$run/initrd.img"
cp "$share/guest.log" "$run/" 2>/dev/null || true
echo "$((count - failures)) of $count as they should be, in $((SECONDS - start)) s; logs: .vm/run"
if [ -z "$finished" ]; then
  echo "The machine did not get to the end of the cases. Its last words:"
  tail -n 20 "$run/console.log" "$run/guest.log" 2>/dev/null || true
  exit 1
fi
[ "$failures" = 0 ]
