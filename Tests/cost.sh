#!/usr/bin/env bash
# What a hop costs in instructions, counted by callgrind, against Tests/cost.txt.
#
# Time on a shared machine says little; this count is the same every time. It is the difference
# between two streams of different lengths, so start and end do not count. (valgrind knows no
# AVX-512.) `cost.sh --record` writes the counts down.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(uname -m)" = x86_64 ] || { echo "cost: counted on x86-64 only"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# valgrind stumbles over the debug information of newer compilers.
strip --strip-debug -o "$work/hush" .build/release/hush
few=250 many=1250
# Steady noise: 128 samples of 16 bits a hop.
awk -v count=$((many * 128)) 'BEGIN {
  x = 1
  for (i = 0; i < count; i++) {
    x = (x * 69069 + 1) % 4294967296
    v = int(x / 131072) % 8192
    printf "%c%c", 97 + v % 16, 97 + int(v / 16) % 16
  }
}' > "$work/noise"
count() {  # kernels, hops
  head -c $(($2 * 256)) "$work/noise" > "$work/in"
  HUSH_ISA=$1 valgrind --tool=callgrind --callgrind-out-file="$work/out" \
    "$work/hush" denoise - - --rate 16000 --channels 1 < "$work/in" 2> "$work/log" > /dev/null || { cat "$work/log" >&2; exit 1; }
  sed -n 's/^summary: //p; s/^totals: //p' "$work/out" | head -1
}
status=0
for kernels in avx2 ssse3; do
  cost=$((($(count $kernels $many) - $(count $kernels $few)) / (many - few)))
  if [ "${1:-}" = --record ]; then
    echo "$kernels $cost" >> "$work/record"
  else
    allowed=$(awk -v k=$kernels '$1 == k { print int($2 * 1.03) }' Tests/cost.txt)
    echo "cost: $kernels takes $cost instructions a hop, $allowed allowed"
    [ "$cost" -le "$allowed" ] || status=1
  fi
done
if [ "${1:-}" = --record ]; then cp "$work/record" Tests/cost.txt; cat Tests/cost.txt; fi
[ $status = 0 ] || echo "cost: a hop became dearer; mend it, or record the new cost: Tests/cost.sh --record"
exit $status
