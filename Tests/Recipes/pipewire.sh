#!/usr/bin/env bash
# Config/desktop-pipewire.yaml, unchanged, on a PipeWire server of the test's own with WirePlumber, which
# is told its default source and sink, as a desktop's settings do. HUSHD_DENOISE_BYPASS=yes in the
# environment reaches hushd, and must make the test fail.
#
# shellcheck disable=SC2317 # functions are called by their names
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=Tests/Recipes/common.sh
. Tests/Recipes/common.sh desktop-pipewire

install_missing pipewire:pipewire pw-play:pipewire-bin wireplumber:wireplumber \
  dbus-run-session:dbus-daemon chrt:util-linux

# Installed, PipeWire's plug-in becomes the machine's default device, which is not for a test to
# change: where it is not there it is unpacked beside the test.
plugin=$(find /usr/lib -name libasound_module_pcm_pipewire.so | head -n 1)
pieces=/usr/share/alsa/alsa.conf.d/50-pipewire.conf
if [ -z "$plugin" ]; then
  cache=$PWD/build/pipewire-alsa
  if [ -z "$(find "$cache" -name libasound_module_pcm_pipewire.so 2>/dev/null)" ]; then
    mkdir -p "$cache"
    (cd "$cache" && apt-get download -qq pipewire-alsa ||
      { $SUDO apt-get update -qq && apt-get download -qq pipewire-alsa; }) 2>"$folder/download.log" ||
      { cat "$folder/download.log" >&2 && exit 1; }
    dpkg-deb -x "$cache"/pipewire-alsa*.deb "$cache"
  fi
  plugin=$(find "$cache" -name libasound_module_pcm_pipewire.so | head -n 1)
  pieces=$cache$pieces
fi

export HOME=$folder XDG_RUNTIME_DIR=$folder XDG_CONFIG_HOME=$folder/config XDG_STATE_HOME=$folder/state
export PIPEWIRE_RUNTIME_DIR=$folder ALSA_CONFIG_PATH=$folder/alsa.conf
unset DISPLAY DBUS_SESSION_BUS_ADDRESS PIPEWIRE_REMOTE
cat >"$folder/alsa.conf" <<EOF
</usr/share/alsa/alsa.conf>
<$pieces>
pcm_type.pipewire { lib "$plugin" }
EOF
mkdir -p "$XDG_CONFIG_HOME/pipewire/pipewire.conf.d"
# A duplex device is a source with an end that can be played into.
cat >"$XDG_CONFIG_HOME/pipewire/pipewire.conf.d/devices.conf" <<'EOF'
context.objects = [
  { factory = adapter args = { factory.name = support.null-audio-sink node.name = room
      media.class = Audio/Duplex audio.position = [ MONO ] object.linger = true } }
  { factory = adapter args = { factory.name = support.null-audio-sink node.name = ears
      media.class = Audio/Sink audio.position = [ MONO ] object.linger = true } }
]
EOF

# chosen DIRECTION NODE: the default, once the session manager has taken it over.
chosen() { pw-metadata 0 "default.audio.$1" 2>/dev/null | grep -q "\"$2\""; }

serve() {
  rm -f "$folder"/pipewire-0*
  start server 50 pipewire
  until_so 10 test -S "$folder/pipewire-0" || return 1
  start session 30 dbus-run-session -- wireplumber
  until_so 10 chosen sink ears || return 1
  pw-metadata 0 default.configured.audio.sink '{ "name": "ears" }' >"$folder/defaults.log"
  pw-metadata 0 default.configured.audio.source '{ "name": "room" }' >>"$folder/defaults.log"
  until_so 10 chosen source room
}

record() {
  start recorder 40 pw-record --target ears -P '{ stream.capture.sink=true }' \
    --rate 48000 --channels 1 --format s16 "$1"
  sleep 0.5
}

play() { (prompt 40 timeout 20 pw-play --latency 200ms --target room "$1"); }

go
