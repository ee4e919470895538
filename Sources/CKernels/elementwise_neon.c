// The steps between the matrices, for NEON.
#if defined(__aarch64__)
#include "kernels.h"

HUSH_DECLARE_KERNELS(neon);

#pragma clang attribute push(__attribute__((target("neon"))), apply_to = function)

#define NAME(operation) hush_##operation##_neon
#include "elementwise.inc.h"

#pragma clang attribute pop

HUSH_KERNELS(neon, {8, 2, 16, 1});
#else
typedef int hush_nothing_here;
#endif
