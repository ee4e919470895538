// Matrix times vector for AVX2 (Haswell, Zen and later).
//
// A step is two registers: 16 rows of two words. The low bytes of the words, side by side, are the
// places that `vpshufb` looks up in the low and in the high bytes of 16 activations; interleaved,
// what it finds is the activations again, for `vpmaddwd` with the words' high bytes. (`vpmaddubsw`
// on bytes would save two instructions of ten, but saturates.)
#if defined(__x86_64__)
#include <immintrin.h>
#include <stddef.h>

#include "kernels.h"

HUSH_DECLARE_KERNELS(avx2);

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

#include "activations.inc.h"

static inline __m256i window(const void *bytes) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)bytes));
}

static void spmv(const hush_matrix *m, planes p, int32_t *sums) {
  const __m256i *words = (const __m256i *)m->words;
  const uint16_t *starts = m->starts;
  const __m256i place = _mm256_set1_epi16(255);
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    __m256i sum0 = _mm256_setzero_si256(), sum1 = _mm256_setzero_si256();
    for (int32_t k = m->lengths[tile]; k > 0; k--) {
      __m256i a = _mm256_load_si256(words), b = _mm256_load_si256(words + 1);
      __m256i places =
        _mm256_packus_epi16(_mm256_and_si256(a, place), _mm256_and_si256(b, place));
      __m256i low = _mm256_shuffle_epi8(window(p.low + *starts), places);
      __m256i high = _mm256_shuffle_epi8(window(p.high + *starts), places);
      __m256i xa = _mm256_unpacklo_epi8(low, high), xb = _mm256_unpackhi_epi8(low, high);
      sum0 = _mm256_add_epi32(sum0, _mm256_madd_epi16(xa, _mm256_srai_epi16(a, 8)));
      sum1 = _mm256_add_epi32(sum1, _mm256_madd_epi16(xb, _mm256_srai_epi16(b, 8)));
      words += 2;
      starts += 1;
    }
    __m256i *target = (__m256i *)(sums + (ptrdiff_t)tile * 16);
    _mm256_storeu_si256(target, sum0);
    _mm256_storeu_si256(target + 1, sum1);
  }
}

void hush_s16_spmv_avx2(const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  spmv(m, s16_planes(x, m->columns, scratch), sums);
}

void hush_s8_spmv_avx2(const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  spmv(m, s8_planes(x, m->columns, scratch), sums);
}

/// Four rows at a time.
static void gemv(const hush_matrix *m, const int16_t *x, int32_t *sums) {
  for (int32_t lane = 0; lane < m->lanes; lane += 4) {
    const int8_t *weights = m->dense + (ptrdiff_t)lane * m->stride;
    __m256i sum[4];
    for (int32_t r = 0; r < 4; r++) sum[r] = _mm256_setzero_si256();
    for (int32_t column = 0; column < m->stride; column += 16) {
      __m256i v = _mm256_loadu_si256((const __m256i *)(x + column));
      for (int32_t r = 0; r < 4; r++) {
        const int8_t *w = weights + (ptrdiff_t)r * m->stride + column;
        __m256i wide = _mm256_cvtepi8_epi16(_mm_load_si128((const __m128i *)w));
        sum[r] = _mm256_add_epi32(sum[r], _mm256_madd_epi16(v, wide));
      }
    }
    __m256i pairs =
      _mm256_hadd_epi32(_mm256_hadd_epi32(sum[0], sum[1]), _mm256_hadd_epi32(sum[2], sum[3]));
    _mm_storeu_si128(
      (__m128i *)(sums + lane),
      _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1)));
  }
}

void hush_s16_gemv_avx2(const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  gemv(m, s16_copy(x, m->columns, scratch), sums);
}

/// A block is four registers: four rows of four weights each, widened, times four activations.
void hush_s16_bsrmv_avx2(const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  const int16_t *copy = m->columns % 4 != 0 ? s16_copy(x, m->columns, scratch) : x;
  const int8_t *weights = m->blocks;
  const uint16_t *starts = m->starts;
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    __m256i sum[4];
    for (int32_t i = 0; i < 4; i++) sum[i] = _mm256_setzero_si256();
    for (int32_t left = m->lengths[tile]; left > 0; left--, starts++, weights += 64) {
      __m256i four = _mm256_broadcastq_epi64(_mm_loadl_epi64((const __m128i *)(copy + *starts)));
      for (int32_t i = 0; i < 4; i++) {
        __m128i w = _mm_load_si128((const __m128i *)(weights + 16 * i));
        sum[i] = _mm256_add_epi32(sum[i], _mm256_madd_epi16(four, _mm256_cvtepi8_epi16(w)));
      }
    }
    // Of each row two sums side by side; `vphaddd` adds them within the halves.
    __m256i *target = (__m256i *)(sums + (ptrdiff_t)tile * hush_block_rows);
    for (int32_t i = 0; i < 2; i++)
      _mm256_storeu_si256(
        target + i, _mm256_permute4x64_epi64(_mm256_hadd_epi32(sum[2 * i], sum[2 * i + 1]), 0xD8));
  }
}

/// Bytes of at most 127: `vpmaddubsw` cannot saturate, and takes eight rows at once.
void hush_u7_bsrmv_avx2(const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  const int8_t *copy = u7_copy(x, m->columns, scratch), *weights = m->blocks;
  const uint16_t *starts = m->starts;
  const __m256i ones = _mm256_set1_epi16(1);
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    __m256i sum[2];
    sum[0] = sum[1] = _mm256_setzero_si256();
    for (int32_t left = m->lengths[tile]; left > 0; left--, starts++, weights += 64) {
      __m256i four = _mm256_set1_epi32(four_bytes(copy + *starts));
      for (int32_t i = 0; i < 2; i++) {
        __m256i w = _mm256_load_si256((const __m256i *)(weights + 32 * i));
        __m256i pairs = _mm256_maddubs_epi16(four, w);
        sum[i] = _mm256_add_epi32(sum[i], _mm256_madd_epi16(pairs, ones));
      }
    }
    __m256i *target = (__m256i *)(sums + (ptrdiff_t)tile * hush_block_rows);
    for (int32_t i = 0; i < 2; i++) _mm256_storeu_si256(target + i, sum[i]);
  }
}

void hush_s8_gemv_avx2(const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  gemv(m, s8_widened(x, m->columns, scratch), sums);
}

#pragma clang attribute pop
#else
typedef int hush_nothing_here;
#endif
