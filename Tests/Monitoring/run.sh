#!/bin/bash
# A daemon without a sound card, watched for a minute by a real Prometheus, through socat and through
# node_exporter's textfile collector; the alert rules and the dashboard's expressions with it.
#
#     Tests/Monitoring/run.sh [HUSHD]
set -euo pipefail
cd "$(dirname "$0")/../.."

hushd=${1:-.build/release/hushd}
seconds=${SECONDS_TO_WATCH:-60}
monitoring=Config/monitoring
for tool in prometheus promtool socat prometheus-node-exporter curl python3; do
  command -v "$tool" >/dev/null || {
    echo "$tool is missing: apt-get install prometheus prometheus-node-exporter socat curl python3" >&2
    exit 1
  }
done
test -x "$hushd" || { echo "$hushd is missing: make build" >&2; exit 1; }

place=$(mktemp -d)
processes=()
end() {
  for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
  wait "${processes[@]}" 2>/dev/null || true
  rm -rf "$place"
}
trap end EXIT

port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
bridge=$(port) node=$(port) web=$(port)
socket=$place/control.sock
mkdir "$place/textfile"

promtool check rules "$monitoring/hush.rules.yml" >/dev/null
promtool check config "$monitoring/prometheus.yml" >/dev/null

"$hushd" --set capture.type=file --set capture.path=Demo/vacuum.flac --set capture.paced=yes \
  --set capture.loop=yes --set output.type=none --set "control.socket=$socket" \
  2>"$place/hushd.log" &
daemon=$!
processes+=("$daemon")
for _ in $(seq 100); do test -S "$socket" && break; sleep 0.1; done
curl -sS --fail --unix-socket "$socket" http://hushd/metrics | promtool check metrics

socat "TCP-LISTEN:$bridge,bind=127.0.0.1,reuseaddr,fork,max-children=8" "UNIX-CONNECT:$socket" &
processes+=($!)
prometheus-node-exporter --web.listen-address="127.0.0.1:$node" --collector.disable-defaults \
  --collector.textfile --collector.textfile.directory="$place/textfile" 2>"$place/node.log" &
processes+=($!)
while sleep 3; do "$monitoring/hush-textfile.sh" "$place/textfile" "$socket" 2>/dev/null || true; done &
processes+=($!)

# The example as it is, but for the ports and the pace.
sed -e "s/127.0.0.1:9497/127.0.0.1:$bridge/" -e "s/127.0.0.1:9100/127.0.0.1:$node/" \
  -e 's/interval: 15s/interval: 3s/' -e 's/^  # \(- job_name: node\)/  \1/' \
  -e 's/^  #   \(  *\)/    \1/' -e 's/^  #   /    /' \
  "$monitoring/prometheus.yml" >"$place/prometheus.yml"
cp "$monitoring/hush.rules.yml" "$place"
promtool check config "$place/prometheus.yml" >/dev/null
prometheus --config.file="$place/prometheus.yml" --storage.tsdb.path="$place/data" \
  --web.listen-address="127.0.0.1:$web" 2>"$place/prometheus.log" &
processes+=($!)

echo "watching for $seconds s"
sleep "$seconds"
promtool check metrics <"$place/textfile/hush.prom"
python3 Tests/Monitoring/check.py "http://127.0.0.1:$web" "$monitoring/grafana/hush.json" running

kill "$daemon"
wait "$daemon" || true
sleep 10
python3 Tests/Monitoring/check.py "http://127.0.0.1:$web" "$monitoring/grafana/hush.json" gone
echo "monitoring: all well"
