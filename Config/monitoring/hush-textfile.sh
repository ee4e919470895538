#!/bin/sh
# Writes hushd's figures for node_exporter's textfile collector.
#
#     hush-textfile.sh [DIRECTORY [SOCKET]]
#
# The file is replaced whole. If hushd does not answer, it says hush_up 0 and nothing else, so that
# old figures are not taken for new ones.
set -eu

directory=${1:-/var/lib/prometheus/node-exporter}
socket=${2:-/run/hushd/control.sock}
draft=$(mktemp "$directory/.hush.XXXXXX")
trap 'rm -f "$draft" "$draft.all"' EXIT

# node_exporter tells process_* of itself: two of a name would spoil the whole scrape.
if curl -sS --fail --max-time 5 --unix-socket "$socket" http://hushd/metrics >"$draft.all"; then
  grep -Ev '^(# (HELP|TYPE) )?process_' "$draft.all" >"$draft"
  up=1
else
  : >"$draft"
  up=0
fi
printf '# HELP hush_up 1 if hushd answered.\n# TYPE hush_up gauge\nhush_up %s\n' "$up" >>"$draft"
chmod 644 "$draft"
mv "$draft" "$directory/hush.prom"
