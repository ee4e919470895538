// The steps between the matrices, for AVX-512 with VNNI.
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernels.h"

HUSH_DECLARE_KERNELS(avx512vnni);

#pragma clang attribute push(                                                                     \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))), apply_to = function)

static inline __m512i found_in(const int16_t *in, __m512i places) {
  return _mm512_permutex2var_epi16(
    _mm512_loadu_si512(in), places, _mm512_loadu_si512(in + 32));
}

/// `vpermi2w` finds 32 numbers among 64; bits 6 and up of a place say among which.
void hush_s16_permute_avx512vnni(
  const int16_t *in, int32_t size, const uint16_t *index, int16_t *out, int32_t count) {
  const __m512i second = _mm512_set1_epi16(64), third = _mm512_set1_epi16(128);
  for (int32_t i = 0; i < count; i += 32) {
    __mmask32 here = count - i >= 32 ? 0xFFFFFFFF : 0xFFFF;
    __m512i places = _mm512_maskz_loadu_epi16(here, index + i);
    __m512i found = found_in(in, places);
    if (size > 64)
      found = _mm512_mask_mov_epi16(
        found, _mm512_cmpge_epu16_mask(places, second), found_in(in + 64, places));
    if (size > 128)
      found = _mm512_mask_mov_epi16(
        found, _mm512_cmpge_epu16_mask(places, third), found_in(in + 128, places));
    for (int32_t from = 192; from < size; from += 64)
      found = _mm512_mask_mov_epi16(
        found, _mm512_cmpge_epu16_mask(places, _mm512_set1_epi16((int16_t)from)),
        found_in(in + from, places));
    _mm512_mask_storeu_epi16(out + i, here, found);
  }
}

/// `vpmulhrsw` is rs(a * b, 15); `vpaddsw` saturates, so that only the ReLU is left.
void hush_s16_norm_avx512vnni(
  const int16_t *h, const int16_t *scale, const int16_t *offset, int16_t *out, int32_t count) {
  for (int32_t i = 0; i < count; i += 32) {
    __mmask32 here = count - i >= 32 ? 0xFFFFFFFF : 0xFFFF;
    __m512i scaled = _mm512_mulhrs_epi16(
      _mm512_maskz_loadu_epi16(here, h + i), _mm512_maskz_loadu_epi16(here, scale + i));
    __m512i sum = _mm512_adds_epi16(scaled, _mm512_maskz_loadu_epi16(here, offset + i));
    _mm512_mask_storeu_epi16(out + i, here, _mm512_max_epi16(sum, _mm512_setzero_si512()));
  }
}

#define HUSH_OWN_NORM
#define HUSH_OWN_PERMUTE
#define NAME(operation) hush_##operation##_avx512vnni
#include "elementwise.inc.h"

#pragma clang attribute pop

HUSH_KERNELS(avx512vnni, {16, 2, 32, 16});
#else
typedef int hush_nothing_here;
#endif
