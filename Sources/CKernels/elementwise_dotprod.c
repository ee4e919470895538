// The steps between the matrices, for NEON with dot products.
#if defined(__aarch64__)
#include "kernels.h"

HUSH_DECLARE_KERNELS(dotprod);

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

#define NAME(operation) hush_##operation##_dotprod
#include "elementwise.inc.h"

#pragma clang attribute pop

HUSH_KERNELS(dotprod, {8, 4, 32, 1});
#else
typedef int hush_nothing_here;
#endif
