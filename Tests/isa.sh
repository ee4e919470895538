#!/usr/bin/env bash
# The kernels on processors this machine is not: x86 without AVX-512 and without AVX2, and aarch64
# with and without dot products, emulated by qemu.
set -euo pipefail
cd "$(dirname "$0")/.."
clang=${CLANG:-clang}
rounds=${ROUNDS:-400}
out=build/isa
mkdir -p "$out"
sources=(Sources/CKernels/*.c Tests/KernelCheck/*.c Tests/KernelCheck/main/main.c)
flags=(-std=c17 -O2 -static -Wall -Wextra -Werror
  -ISources/CKernels/include -ITests/KernelCheck/include)
"$clang" --target=x86_64-linux-gnu "${flags[@]}" "${sources[@]}" -o "$out/check-x86_64" &
"$clang" --target=aarch64-linux-gnu --gcc-toolchain=/usr -fuse-ld=lld \
  -isystem /usr/aarch64-linux-gnu/include "${flags[@]}" "${sources[@]}" -o "$out/check-aarch64"
wait $!
check() {
  echo "$2"
  "qemu-$1-static" -cpu "$2" "$out/check-$1" "$rounds" "$3" 2> >(grep -v "TCG doesn't" >&2)
}
check x86_64 Haswell avx2
check x86_64 Nehalem ssse3
check aarch64 cortex-a53 neon
check aarch64 cortex-a72 neon
check aarch64 cortex-a76 dotprod
