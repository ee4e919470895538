#!/bin/bash
# Runs inside the virtual machine as root: the cases one after the other, or with `prove` in
# /host/mode each of them against the faults that it is there to catch. Results go to
# /host/results.tap, a line each; a run without the closing plan did not get to its end.
cd /host/guest || exit 1
# shellcheck source=Tests/VM/guest/cases.sh
. ./cases.sh

number=0
# result VERDICT NAME: a line of TAP with what was measured.
result() {
  number=$((number + 1))
  echo "$1 $number - $2${DETAIL:+ # $DETAIL}" >>/host/results.tap
}

# run CASE: 0 if all its checks held. What the service said since then is in the log for a failure.
run() {
  local from
  from=$(date +%s)
  echo "=== $1 $(cut -d ' ' -f 1 /proc/uptime)"
  FAILED=
  DETAIL=
  "case_$1"
  DETAIL="${FAILED:+FAILED: $FAILED; }$DETAIL"
  [ -z "$FAILED" ] || journalctl --no-pager -o short-monotonic --since "@$from" -n 60
  [ -z "$FAILED" ]
}

echo "=== booted $(cut -d ' ' -f 1 /proc/uptime)"
systemctl is-system-running --wait >/dev/null
echo "=== up $(cut -d ' ' -f 1 /proc/uptime)"
if [ "$(cat /host/mode)" = prove ]; then
  run boot >/dev/null # loads what the others need
  while read -r name fault; do
    # Away from a fault that wedges the service before the next one comes.
    systemctl kill -s KILL hushd 2>/dev/null
    systemctl stop hushd
    rm -rf /run/systemd/system/hushd.service.d
    rm -f /etc/hushd.fault
    rm -f /run/take.wav /host/audio/{take-*,recording}.wav
    case $fault in
      unit:*) # a line of the unit instead of a fault of the daemon
        mkdir -p /run/systemd/system/hushd.service.d
        printf '[Service]\n%s\n' "${fault#unit:}" >/run/systemd/system/hushd.service.d/fault.conf
        ;;
      itself:*) # the same for hushd itself instead of the stand-in
        mkdir -p /run/systemd/system/hushd.service.d
        printf '[Service]\nExecStart=\nExecStart=/usr/local/bin/hushd-itself --config /etc/hushd.yaml\n%s\n' \
          "${fault#itself:}" >/run/systemd/system/hushd.service.d/fault.conf
        ;;
      *) echo "$fault" >/etc/hushd.fault ;;
    esac
    systemctl daemon-reload
    if run "$name" </dev/null >/dev/null; then result "not ok" "$name sees $fault"; else result ok "$name sees $fault"; fi
  done < <(grep -f <(sed 's/.*/^& /' /host/cases) /host/guest/faults)
else
  while read -r name; do
    if run "$name" </dev/null; then result ok "$name"; else result "not ok" "$name"; fi
  done </host/cases
fi
echo "1..$number" >>/host/results.tap
journalctl --no-pager -o short-monotonic >/host/journal.log
systemctl show hushd >/host/hushd.show
echo "=== end $(cut -d ' ' -f 1 /proc/uptime)"
