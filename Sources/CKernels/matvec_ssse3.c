// Matrix times vector for SSSE3 (every x86-64 since 2006). As for AVX2, with half the rows.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stddef.h>

#include "kernels.h"

HUSH_DECLARE_KERNELS(ssse3);

#pragma clang attribute push(__attribute__((target("ssse3"))), apply_to = function)

#include "activations.inc.h"

static void spmv(const hush_matrix *m, planes p, int32_t *sums) {
  const __m128i *words = (const __m128i *)m->words;
  const uint16_t *starts = m->starts;
  const __m128i place = _mm_set1_epi16(255);
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    __m128i sum0 = _mm_setzero_si128(), sum1 = _mm_setzero_si128();
    for (int32_t k = m->lengths[tile]; k > 0; k--) {
      __m128i a = _mm_load_si128(words), b = _mm_load_si128(words + 1);
      __m128i places = _mm_packus_epi16(_mm_and_si128(a, place), _mm_and_si128(b, place));
      __m128i low =
        _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(p.low + *starts)), places);
      __m128i high =
        _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(p.high + *starts)), places);
      __m128i xa = _mm_unpacklo_epi8(low, high), xb = _mm_unpackhi_epi8(low, high);
      sum0 = _mm_add_epi32(sum0, _mm_madd_epi16(xa, _mm_srai_epi16(a, 8)));
      sum1 = _mm_add_epi32(sum1, _mm_madd_epi16(xb, _mm_srai_epi16(b, 8)));
      words += 2;
      starts += 1;
    }
    __m128i *target = (__m128i *)(sums + (ptrdiff_t)tile * 8);
    _mm_storeu_si128(target, sum0);
    _mm_storeu_si128(target + 1, sum1);
  }
}

void hush_s16_spmv_ssse3(const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  spmv(m, s16_planes(x, m->columns, scratch), sums);
}

void hush_s8_spmv_ssse3(const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  spmv(m, s8_planes(x, m->columns, scratch), sums);
}

/// Four rows at a time.
static void gemv(const hush_matrix *m, const int16_t *x, int32_t *sums) {
  for (int32_t lane = 0; lane < m->lanes; lane += 4) {
    const int8_t *weights = m->dense + (ptrdiff_t)lane * m->stride;
    __m128i sum[4];
    for (int32_t r = 0; r < 4; r++) sum[r] = _mm_setzero_si128();
    for (int32_t column = 0; column < m->stride; column += 16) {
      __m128i v0 = _mm_loadu_si128((const __m128i *)(x + column));
      __m128i v1 = _mm_loadu_si128((const __m128i *)(x + column + 8));
      for (int32_t r = 0; r < 4; r++) {
        __m128i w =
          _mm_load_si128((const __m128i *)(weights + (ptrdiff_t)r * m->stride + column));
        __m128i w0 = _mm_srai_epi16(_mm_unpacklo_epi8(w, w), 8);
        __m128i w1 = _mm_srai_epi16(_mm_unpackhi_epi8(w, w), 8);
        sum[r] = _mm_add_epi32(sum[r], _mm_madd_epi16(v0, w0));
        sum[r] = _mm_add_epi32(sum[r], _mm_madd_epi16(v1, w1));
      }
    }
    _mm_storeu_si128(
      (__m128i *)(sums + lane),
      _mm_hadd_epi32(_mm_hadd_epi32(sum[0], sum[1]), _mm_hadd_epi32(sum[2], sum[3])));
  }
}

void hush_s16_gemv_ssse3(const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  gemv(m, s16_copy(x, m->columns, scratch), sums);
}

/// A block is eight registers: two rows of four weights each, widened, times four activations.
void hush_s16_bsrmv_ssse3(const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  const int16_t *copy = m->columns % 4 != 0 ? s16_copy(x, m->columns, scratch) : x;
  const int8_t *weights = m->blocks;
  const uint16_t *starts = m->starts;
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    __m128i sum[8];
    for (int32_t i = 0; i < 8; i++) sum[i] = _mm_setzero_si128();
    for (int32_t left = m->lengths[tile]; left > 0; left--, starts++, weights += 64) {
      __m128i four = _mm_loadl_epi64((const __m128i *)(copy + *starts));
      four = _mm_unpacklo_epi64(four, four);
      for (int32_t i = 0; i < 4; i++) {
        __m128i w = _mm_load_si128((const __m128i *)(weights + 16 * i));
        __m128i w0 = _mm_srai_epi16(_mm_unpacklo_epi8(w, w), 8);
        __m128i w1 = _mm_srai_epi16(_mm_unpackhi_epi8(w, w), 8);
        sum[2 * i] = _mm_add_epi32(sum[2 * i], _mm_madd_epi16(four, w0));
        sum[2 * i + 1] = _mm_add_epi32(sum[2 * i + 1], _mm_madd_epi16(four, w1));
      }
    }
    __m128i *target = (__m128i *)(sums + (ptrdiff_t)tile * hush_block_rows);
    for (int32_t i = 0; i < 4; i++)
      _mm_storeu_si128(target + i, _mm_hadd_epi32(sum[2 * i], sum[2 * i + 1]));
  }
}

/// As for AVX2, four rows at a time.
void hush_u7_bsrmv_ssse3(const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  const int8_t *copy = u7_copy(x, m->columns, scratch), *weights = m->blocks;
  const uint16_t *starts = m->starts;
  const __m128i ones = _mm_set1_epi16(1);
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    __m128i sum[4];
    for (int32_t i = 0; i < 4; i++) sum[i] = _mm_setzero_si128();
    for (int32_t left = m->lengths[tile]; left > 0; left--, starts++, weights += 64) {
      __m128i four = _mm_set1_epi32(four_bytes(copy + *starts));
      for (int32_t i = 0; i < 4; i++) {
        __m128i w = _mm_load_si128((const __m128i *)(weights + 16 * i));
        sum[i] = _mm_add_epi32(sum[i], _mm_madd_epi16(_mm_maddubs_epi16(four, w), ones));
      }
    }
    __m128i *target = (__m128i *)(sums + (ptrdiff_t)tile * hush_block_rows);
    for (int32_t i = 0; i < 4; i++) _mm_storeu_si128(target + i, sum[i]);
  }
}

void hush_s8_gemv_ssse3(const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  gemv(m, s8_widened(x, m->columns, scratch), sums);
}

#pragma clang attribute pop
#else
typedef int hush_nothing_here;
#endif
