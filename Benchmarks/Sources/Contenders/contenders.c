#include "Contenders.h"

#include <stddef.h>

void csr_multiply(
  int32_t rows, const int32_t *starts, const uint16_t *columns, const int8_t *values,
  const int16_t *x, int32_t *sums) {
  for (int32_t row = 0; row < rows; row++) {
    int32_t sum = 0;
    for (int32_t i = starts[row]; i < starts[row + 1]; i++) sum += values[i] * x[columns[i]];
    sums[row] = sum;
  }
}

#if defined(__x86_64__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
void float_multiply(
  int32_t rows, int32_t columns, const float *weights, const float *x, float *sums) {
#pragma clang fp reassociate(on) contract(fast)
  for (int32_t row = 0; row < rows; row++) {
    const float *w = weights + (ptrdiff_t)row * columns;
    float sum = 0;
#pragma clang loop vectorize_width(16) interleave_count(4)
    for (int32_t column = 0; column < columns; column++) sum += w[column] * x[column];
    sums[row] = sum;
  }
}
