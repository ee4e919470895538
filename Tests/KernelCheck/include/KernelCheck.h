#ifndef HUSH_KERNEL_CHECK_H
#define HUSH_KERNEL_CHECK_H

#include "CKernels.h"

/// Compares kernels with the definition of what they compute, on random shapes, densities and
/// values, extremes among them; `seed` says which. Null, or what differed first, in memory that the
/// next call uses again.
const char *hush_check_matrices(const hush_kernels *kernels, uint64_t seed);
const char *hush_check_steps(const hush_kernels *kernels, uint64_t seed);

#endif
