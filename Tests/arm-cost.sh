#!/usr/bin/env bash
# What the products of a hop cost on Arm, in instructions: an emulator runs the kernels one
# instruction at a time and writes each down. No time can be told from that, but which model takes
# more. x86's, counted alike, stand beside it, as their times are known.
#
#     Tests/arm-cost.sh MODEL.safetensors...
#
# It needs the trainer (make deps-training), which reads the model's matrices out of its file.
set -euo pipefail
[ $# -gt 0 ] || { echo "arm-cost: which model files?" >&2; exit 1; }
models=()
for model in "$@"; do models+=("$(realpath "$model")"); done
cd "$(dirname "$0")/.."
python=Training/.venv/bin/python
[ -x "$python" ] || { echo "arm-cost: $python is missing; run: make deps-training" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source Tests/emulated.sh
emulated "$work/products" Tests/ArmCost/main.c
count() {  # architecture, processor, kernels
  local products
  products=$(nm -S "$work/products-$1" | awk -v end="(spmv|gemv|bsrmv)_$3\$" \
    '$4 ~ end { printf "%s0x%s+0x%s", n++ ? "," : "", $1, $2 }')
  "qemu-$1-static" -cpu "$2" -singlestep -d exec,nochain -dfilter "$products" -D "$work/trace" \
    "$work/products-$1" "$work/matrices" "$3" 2> "$work/log" || { cat "$work/log" >&2; exit 1; }
  grep -c ^Trace "$work/trace"
}
echo "| model | cortex-a72, neon | cortex-a76, dotprod | Haswell, avx2 | Nehalem, ssse3 |"
echo "|---|--:|--:|--:|--:|"
for model in "${models[@]}"; do
  "$python" - "$model" "$work/matrices" <<'PYTHON'
import sys

import numpy as np

from hush_training import modelfile

model = modelfile.read(sys.argv[1])
narrow = modelfile.narrow_shifts(model)
with open(sys.argv[2], "wb") as file:
    for name, shape in modelfile.matrix_shapes(model["architecture"]).items():
        file.write(np.array([*shape, name in narrow], "<i4").tobytes())
        file.write(model["tensors"][f"{name}.weight"].astype(np.int8).tobytes())
PYTHON
  row="| $(basename "$model" .safetensors) |"
  for on in "aarch64 cortex-a72 neon" "aarch64 cortex-a76 dotprod" "x86_64 Haswell avx2" "x86_64 Nehalem ssse3"; do
    read -r machine processor kernels <<< "$on"
    row+=" $(count "$machine" "$processor" "$kernels") |"
  done
  echo "$row"
done
