// The steps between the matrices, for AVX-512 with VNNI.
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernels.h"

HUSH_DECLARE_KERNELS(avx512vnni);

#pragma clang attribute push(                                                                     \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))), apply_to = function)

/// `vpermi2w` finds 32 numbers among 64; the sixty-fourths take turns.
void hush_s16_permute_avx512vnni(
  const int16_t *in, int32_t size, const uint16_t *index, int16_t *out, int32_t count) {
  for (int32_t i = 0; i < count; i += 32) {
    __mmask32 here = count - i >= 32 ? 0xFFFFFFFF : 0xFFFF;
    __m512i places = _mm512_maskz_loadu_epi16(here, index + i);
    __m512i part = _mm512_srli_epi16(places, 6), found = _mm512_setzero_si512();
    for (int32_t from = 0; from < size; from += 64) {
      __m512i these = _mm512_permutex2var_epi16(
        _mm512_loadu_si512(in + from), places, _mm512_loadu_si512(in + from + 32));
      __mmask32 mine = _mm512_cmpeq_epi16_mask(part, _mm512_set1_epi16((int16_t)(from / 64)));
      found = _mm512_mask_mov_epi16(found, mine, these);
    }
    _mm512_mask_storeu_epi16(out + i, here, found);
  }
}

#define HUSH_OWN_PERMUTE
#define NAME(operation) hush_##operation##_avx512vnni
#include "elementwise.inc.h"

#pragma clang attribute pop

HUSH_KERNELS(avx512vnni, {16, 2, 32, 16});
#else
typedef int hush_nothing_here;
#endif
