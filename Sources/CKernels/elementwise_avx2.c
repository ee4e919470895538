// The steps between the matrices, for AVX2.
#if defined(__x86_64__)
#include "kernels.h"

HUSH_DECLARE_KERNELS(avx2);

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

#define NAME(operation) hush_##operation##_avx2
#include "elementwise.inc.h"

#pragma clang attribute pop

HUSH_KERNELS(avx2, {16, 2, 16, 1});
#else
typedef int hush_nothing_here;
#endif
