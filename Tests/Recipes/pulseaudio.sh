#!/usr/bin/env bash
# Config/desktop-pulseaudio.yaml, unchanged, on a PulseAudio server of the test's own. The server is
# told its default source and sink, as a desktop's settings do. HUSHD_DENOISE_BYPASS=yes in the
# environment reaches hushd, and must make the test fail.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=Tests/Recipes/common.sh
. Tests/Recipes/common.sh desktop-pulseaudio

install_missing pulseaudio:pulseaudio parec:pulseaudio-utils chrt:util-linux
[ -n "$(find /usr/lib -name libasound_module_pcm_pulse.so)" ] || {
  $SUDO apt-get update -qq
  $SUDO apt-get install -y -qq --no-install-recommends libasound2-plugins
}

export HOME=$folder XDG_RUNTIME_DIR=$folder XDG_CONFIG_HOME=$folder/config PULSE_SERVER=unix:$folder/socket
unset DISPLAY DBUS_SESSION_BUS_ADDRESS

serve() {
  rm -f "$folder/socket"
  cat >"$folder/default.pa" <<EOF
load-module module-native-protocol-unix socket=$folder/socket auth-anonymous=1
load-module module-null-sink sink_name=room rate=48000 channels=1
load-module module-null-sink sink_name=ears rate=48000 channels=1
set-default-source room.monitor
set-default-sink ears
EOF
  start server 50 pulseaudio -n --daemonize=no --exit-idle-time=-1 --use-pid-file=no -F "$folder/default.pa"
  until_so 10 pactl info >"$folder/info.log" 2>&1 || return 1
  # Where no one listens in small pieces, a null sink plays in pieces of two seconds.
  start listener 40 parec --latency-msec=10 -d room.monitor --raw /dev/null
}

record() {
  start parec 40 parec --latency-msec=20 -d ears.monitor --format=s16le --rate=48000 --channels=1 \
    --file-format=wav "$1"
  sleep 0.5
}

play() { (prompt 40 timeout 20 paplay --latency-msec=200 -d room "$1"); }

score=follow # the recipe has hushd follow the clock of another device
go
