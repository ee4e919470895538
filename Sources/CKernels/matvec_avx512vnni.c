// Matrix times vector for AVX-512 with VNNI (Cascade Lake, Ice Lake, Zen 4 and later).
//
// A step is one register: 16 rows of two words. `vpermw` takes the low five bits of each word as
// the place of an activation among 32 and ignores the rest, so no index is unpacked; an arithmetic
// shift leaves the weight; `vpdpwssd` adds two products to each row's sum, exactly. Windows begin
// at multiples of 16, as loads that cross a cache line cost as much again.
#if defined(__x86_64__)
#include <immintrin.h>
#include <stddef.h>

#include "kernels.h"

HUSH_DECLARE_KERNELS(avx512vnni);

#pragma clang attribute push(                                                                     \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))), apply_to = function)

#include "activations.inc.h"

static inline __m512i step(__m512i sums, const int16_t *words, const int16_t *window) {
  __m512i word = _mm512_load_si512(words);
  __m512i found = _mm512_permutexvar_epi16(word, _mm512_loadu_si512(window));
  return _mm512_dpwssd_epi32(sums, found, _mm512_srai_epi16(word, 8));
}

/// Two sums by turns, so that a step need not wait for the one before.
static void spmv(const hush_matrix *m, const int16_t *x, int32_t *sums) {
  const int16_t *words = m->words;
  const uint16_t *starts = m->starts;
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    __m512i even = _mm512_setzero_si512(), odd = even;
    int32_t left = m->lengths[tile];
    for (; left >= 2; left -= 2) {
      even = step(even, words, x + starts[0]);
      odd = step(odd, words + 32, x + starts[1]);
      words += 64;
      starts += 2;
    }
    if (left > 0) {
      even = step(even, words, x + starts[0]);
      words += 32;
      starts += 1;
    }
    _mm512_storeu_si512(sums + (ptrdiff_t)tile * 16, _mm512_add_epi32(even, odd));
  }
}

void hush_s16_spmv_avx512vnni(
  const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  // Only of a vector shorter than a window is more read than there is.
  spmv(m, m->columns < 32 ? s16_copy(x, m->columns, scratch) : x, sums);
}

void hush_s8_spmv_avx512vnni(
  const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  spmv(m, s8_widened(x, m->columns, scratch), sums);
}

/// Four rows at a time. `vpdpbusd` wants its first operand unsigned: the high plane comes with
/// its sign bit turned over, which adds 128 to each of its bytes and is taken off at the end.
void hush_s16_gemv_avx512vnni(
  const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  planes p = s16_planes(x, m->columns, scratch);
  const __m512i sign = _mm512_set1_epi8(-128);
  for (int32_t lane = 0; lane < m->lanes; lane += 4) {
    const int8_t *weights = m->dense + (ptrdiff_t)lane * m->stride;
    __m512i low[4], high[4];
    for (int32_t r = 0; r < 4; r++) low[r] = high[r] = _mm512_setzero_si512();
    for (int32_t column = 0; column < m->stride; column += 64) {
      __m512i l = _mm512_loadu_si512(p.low + column);
      __m512i h = _mm512_xor_si512(_mm512_loadu_si512(p.high + column), sign);
      for (int32_t r = 0; r < 4; r++) {
        __m512i w = _mm512_load_si512(weights + (ptrdiff_t)r * m->stride + column);
        low[r] = _mm512_dpbusd_epi32(low[r], l, w);
        high[r] = _mm512_dpbusd_epi32(high[r], h, w);
      }
    }
    for (int32_t r = 0; r < 4; r++) {
      __m512i both = _mm512_add_epi32(low[r], _mm512_slli_epi32(high[r], 8));
      sums[lane + r] = (int32_t)((uint32_t)_mm512_reduce_add_epi32(both) -
                                 ((uint32_t)m->totals[lane + r] << 15));
    }
  }
}

/// Four bytes for every row.
static inline __m512i spread(const void *bytes) { return _mm512_set1_epi32(four_bytes(bytes)); }

/// A register is a block: 16 rows of four weights, of which `vpdpbusd` makes 16 sums, once with the
/// low bytes of four activations and once with the high ones. Two sums of each by turns.
void hush_s16_bsrmv_avx512vnni(
  const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  planes p = s16_planes_flipped(x, m->columns, scratch, 0, 128);
  const int8_t *weights = m->blocks;
  const uint16_t *starts = m->starts;
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    __m512i low[2], high[2];
    low[0] = low[1] = high[0] = high[1] = _mm512_setzero_si512();
    int32_t left = m->lengths[tile];
    for (; left >= 2; left -= 2, starts += 2, weights += 128)
      for (int32_t i = 0; i < 2; i++) {
        __m512i w = _mm512_load_si512(weights + 64 * i);
        low[i] = _mm512_dpbusd_epi32(low[i], spread(p.low + starts[i]), w);
        high[i] = _mm512_dpbusd_epi32(high[i], spread(p.high + starts[i]), w);
      }
    if (left > 0) {
      __m512i w = _mm512_load_si512(weights);
      low[0] = _mm512_dpbusd_epi32(low[0], spread(p.low + *starts), w);
      high[0] = _mm512_dpbusd_epi32(high[0], spread(p.high + *starts), w);
      starts++;
      weights += 64;
    }
    ptrdiff_t lane = (ptrdiff_t)tile * hush_block_rows;
    __m512i lows = _mm512_add_epi32(low[0], low[1]), highs = _mm512_add_epi32(high[0], high[1]);
    __m512i both = _mm512_add_epi32(lows, _mm512_slli_epi32(highs, 8));
    __m512i excess = _mm512_slli_epi32(_mm512_load_si512(m->totals + lane), 15);
    _mm512_storeu_si512(sums + lane, _mm512_sub_epi32(both, excess));
  }
}

/// Bytes without a sign are what `vpdpbusd` takes: no planes, and nothing to take back.
void hush_u7_bsrmv_avx512vnni(
  const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  const int8_t *copy = u7_copy(x, m->columns, scratch), *weights = m->blocks;
  const uint16_t *starts = m->starts;
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    __m512i sum[4];
    for (int32_t i = 0; i < 4; i++) sum[i] = _mm512_setzero_si512();
    int32_t left = m->lengths[tile];
    for (; left >= 4; left -= 4, starts += 4, weights += 256)
      for (int32_t i = 0; i < 4; i++)
        sum[i] = _mm512_dpbusd_epi32(
          sum[i], spread(copy + starts[i]), _mm512_load_si512(weights + 64 * i));
    for (; left > 0; left--, starts++, weights += 64)
      sum[0] = _mm512_dpbusd_epi32(sum[0], spread(copy + *starts), _mm512_load_si512(weights));
    __m512i whole =
      _mm512_add_epi32(_mm512_add_epi32(sum[0], sum[1]), _mm512_add_epi32(sum[2], sum[3]));
    _mm512_storeu_si512(sums + (ptrdiff_t)tile * hush_block_rows, whole);
  }
}

void hush_s8_gemv_avx512vnni(
  const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  planes p = s8_planes(x, m->columns, scratch);
  const __m512i sign = _mm512_set1_epi8(-128);
  for (int32_t lane = 0; lane < m->lanes; lane += 4) {
    const int8_t *weights = m->dense + (ptrdiff_t)lane * m->stride;
    __m512i sum[4];
    for (int32_t r = 0; r < 4; r++) sum[r] = _mm512_setzero_si512();
    for (int32_t column = 0; column < m->stride; column += 64) {
      __m512i v = _mm512_xor_si512(_mm512_loadu_si512(p.low + column), sign);
      for (int32_t r = 0; r < 4; r++)
        sum[r] = _mm512_dpbusd_epi32(
          sum[r], v, _mm512_load_si512(weights + (ptrdiff_t)r * m->stride + column));
    }
    for (int32_t r = 0; r < 4; r++)
      sums[lane + r] = (int32_t)((uint32_t)_mm512_reduce_add_epi32(sum[r]) -
                                 ((uint32_t)m->totals[lane + r] << 7));
  }
}

#pragma clang attribute pop
#else
typedef int hush_nothing_here;
#endif
