// The steps between the matrices, for SSSE3.
#if defined(__x86_64__)
#include "kernels.h"

HUSH_DECLARE_KERNELS(ssse3);

#pragma clang attribute push(__attribute__((target("ssse3"))), apply_to = function)

#define NAME(operation) hush_##operation##_ssse3
#include "elementwise.inc.h"

#pragma clang attribute pop

HUSH_KERNELS(ssse3, {8, 2, 16, 1});
#else
typedef int hush_nothing_here;
#endif
