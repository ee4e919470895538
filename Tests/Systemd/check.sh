#!/usr/bin/env bash
# Asks systemd about the unit that `make install-service` writes: that it reads it without a word, and
# how much of the machine the service could reach (0 is nothing, 10 is all).
set -euo pipefail
cd "$(dirname "$0")/../.."
limit=1.5
SUDO=${SUDO-$([ "$(id -u)" = 0 ] || echo sudo)}
make=${MAKE:-make}

command -v systemd-analyze >/dev/null || {
  $SUDO apt-get update -qq
  $SUDO env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends systemd
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() {
  echo "Tests/Systemd/check.sh: $*" >&2
  exit 1
}

# Installed under a prefix of its own, so that `verify` finds the binary that the unit names.
"$make" -s install-service DESTDIR= prefix="$folder" sysconfdir="$folder/etc" \
  unitdir="$folder/lib/systemd/system"
unit=$folder/lib/systemd/system/hushd.service
install -D -m 755 /bin/true "$folder/bin/hushd"
grep -q "^ExecStart=$folder/bin/hushd --config $folder/etc/hushd.yaml$" "$unit" ||
  fail "the unit does not name the installed paths: $(grep ^ExecStart= "$unit")"
! grep -q '@' <(sed '/^SystemCallFilter=/d; /^#/d; s/modprobe@snd//' "$unit") ||
  fail "the unit has a name that was not filled in"

# `verify` ends with 0 where it skips a key that it does not know: only its silence says that all is
# well. That it is not silent about everything is seen on a unit with a mistake.
verify() { systemd-analyze verify --man=no "$1" 2>&1; }
said=$(verify "$unit") || true
[ -z "$said" ] || fail "systemd-analyze verify: $said"
install -D -m 644 "$unit" "$folder/broken/hushd.service"
sed -i 's/^WatchdogSec=/WatchDogSec=/' "$folder/broken/hushd.service"
[ -n "$(verify "$folder/broken/hushd.service")" ] ||
  fail "systemd-analyze verify says nothing about a wrong key"

report=$(systemd-analyze security --offline=true --no-pager \
  --threshold="$(awk "BEGIN { print $limit * 10 }")" "$unit" 2>&1) ||
  fail "the service could reach more than $limit of 10:
$report"
exposure=$(sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p' <<<"$report")
[ -n "$exposure" ] || fail "no exposure level in: $report"

"$make" -s uninstall-service DESTDIR= prefix="$folder" sysconfdir="$folder/etc" \
  unitdir="$folder/lib/systemd/system"
[ ! -e "$unit" ] || fail "uninstall-service left $unit"
echo "hushd.service: read without a word, exposure $exposure of 10 (at most $limit)"
