// The steps between the matrices for any processor of the architecture.
#include "kernels.h"

HUSH_DECLARE_KERNELS(scalar);

#define NAME(operation) hush_##operation##_scalar
#include "elementwise.inc.h"

HUSH_KERNELS(scalar, {4, 2, 16, 1});
