// What the kernels are compared with.
#ifndef HUSH_CONTENDERS_H
#define HUSH_CONTENDERS_H

#include <stdint.h>

/// Compressed sparse rows, one product after the other.
void csr_multiply(
  int32_t rows, const int32_t *starts, const uint16_t *columns, const int8_t *values,
  const int16_t *x, int32_t *sums);

/// Dense float32; the compiler makes vectors of it, for AVX-512 or AVX2 where there are any.
void float_multiply(
  int32_t rows, int32_t columns, const float *weights, const float *x, float *sums);

#endif
