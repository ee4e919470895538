#!/usr/bin/env bash
# The kernels on processors this machine is not: x86 without AVX-512 and without AVX2, and aarch64
# with and without dot products, emulated by qemu.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-400}
out=build/isa
mkdir -p "$out"
source Tests/emulated.sh
emulated "$out/check" Tests/KernelCheck/*.c Tests/KernelCheck/main/main.c -ITests/KernelCheck/include
check() {
  echo "$2"
  "qemu-$1-static" -cpu "$2" "$out/check-$1" "$rounds" "$3" 2> >(grep -v "TCG doesn't" >&2)
}
check x86_64 Haswell avx2
check x86_64 Nehalem ssse3
check aarch64 cortex-a53 neon
check aarch64 cortex-a72 neon
check aarch64 cortex-a76 dotprod
