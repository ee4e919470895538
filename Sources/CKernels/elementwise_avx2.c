// The steps between the matrices, for AVX2.
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernels.h"

HUSH_DECLARE_KERNELS(avx2);

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

/// `vpmulhrsw` is rs(a * b, 15); `vpaddsw` saturates, so that only the ReLU is left.
void hush_s16_norm_avx2(
  const int16_t *h, const int16_t *scale, const int16_t *offset, int16_t *out, int32_t count) {
  for (int32_t i = 0; i < count; i += 16) {
    __m256i scaled = _mm256_mulhrs_epi16(
      _mm256_loadu_si256((const __m256i *)(h + i)),
      _mm256_loadu_si256((const __m256i *)(scale + i)));
    __m256i sum =
      _mm256_adds_epi16(scaled, _mm256_loadu_si256((const __m256i *)(offset + i)));
    _mm256_storeu_si256((__m256i *)(out + i), _mm256_max_epi16(sum, _mm256_setzero_si256()));
  }
}

#define HUSH_OWN_NORM
#define NAME(operation) hush_##operation##_avx2
#include "elementwise.inc.h"

#pragma clang attribute pop

HUSH_KERNELS(avx2, {16, 2, 16, 1});
#else
typedef int hush_nothing_here;
#endif
