# To be sourced: C programs of the kernels for processors this machine is not, which qemu runs.
emulated() {  # begin of the programs' paths, to which the architecture is added; sources, flags
  local begin=$1 clang=${CLANG:-clang}
  shift
  local flags=(-std=c17 -O2 -static -Wall -Wextra -Werror -ISources/CKernels/include)
  "$clang" --target=x86_64-linux-gnu "${flags[@]}" Sources/CKernels/*.c "$@" -o "$begin-x86_64" &
  "$clang" --target=aarch64-linux-gnu --gcc-toolchain=/usr -fuse-ld=lld \
    -isystem /usr/aarch64-linux-gnu/include "${flags[@]}" Sources/CKernels/*.c "$@" -o "$begin-aarch64"
  wait $!
}
