// Matrix times vector for aarch64 with dot products (Cortex-A55, A76 and later, Apple, Graviton 2).
//
// A step is four registers: 8 rows of four words. `uzp1` and `uzp2` take the words apart into
// places and weights; `tbl` looks the low and the high bytes of 32 activations up; `sdot` adds
// four products to each row's sum. It takes signed bytes only, so the low ones come less 128,
// which the sum of each row's weights, times 128, makes good.
#if defined(__aarch64__)
#include <arm_neon.h>
#include <stddef.h>

#include "kernels.h"

HUSH_DECLARE_KERNELS(dotprod);

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

#include "activations.inc.h"

/// 32 bytes, to look up in.
static inline int8x16x2_t window(const int8_t *bytes) {
  return (int8x16x2_t){{vld1q_s8(bytes), vld1q_s8(bytes + 16)}};
}

static inline int8x16_t signed_bytes(const uint8_t *bytes) {
  return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(bytes), vdupq_n_u8(128)));
}

static inline int32x4_t whole(int32x4_t low, int32x4_t high, const int32_t *totals) {
  int32x4_t correction = vshlq_n_s32(vld1q_s32(totals), 7);
  return vaddq_s32(vaddq_s32(low, correction), vshlq_n_s32(high, 8));
}

void hush_s16_spmv_dotprod(
  const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  planes p = s16_planes(x, m->columns, scratch);
  const uint8_t *words = (const uint8_t *)m->words;
  const uint16_t *starts = m->starts;
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    int32x4_t low[2] = {vdupq_n_s32(0), vdupq_n_s32(0)}, high[2] = {low[0], low[0]};
    for (int32_t k = m->lengths[tile]; k > 0; k--) {
      int8x16x2_t l = {{signed_bytes(p.low + *starts), signed_bytes(p.low + *starts + 16)}};
      int8x16x2_t h = window(p.high + *starts);
      for (int32_t half = 0; half < 2; half++) {
        uint8x16_t a = vld1q_u8(words), b = vld1q_u8(words + 16);
        uint8x16_t places = vuzp1q_u8(a, b);
        int8x16_t weights = vreinterpretq_s8_u8(vuzp2q_u8(a, b));
        low[half] = vdotq_s32(low[half], vqtbl2q_s8(l, places), weights);
        high[half] = vdotq_s32(high[half], vqtbl2q_s8(h, places), weights);
        words += 32;
      }
      starts += 1;
    }
    ptrdiff_t lane = (ptrdiff_t)tile * 8;
    vst1q_s32(sums + lane, whole(low[0], high[0], m->totals + lane));
    vst1q_s32(sums + lane + 4, whole(low[1], high[1], m->totals + lane + 4));
  }
}

void hush_s8_spmv_dotprod(const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  memcpy(scratch, x, (size_t)m->columns);
  const int8_t *copy = scratch;
  const uint8_t *words = (const uint8_t *)m->words;
  const uint16_t *starts = m->starts;
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    int32x4_t sum[2] = {vdupq_n_s32(0), vdupq_n_s32(0)};
    for (int32_t k = m->lengths[tile]; k > 0; k--) {
      int8x16x2_t v = window(copy + *starts);
      for (int32_t half = 0; half < 2; half++) {
        uint8x16_t a = vld1q_u8(words), b = vld1q_u8(words + 16);
        int8x16_t weights = vreinterpretq_s8_u8(vuzp2q_u8(a, b));
        sum[half] = vdotq_s32(sum[half], vqtbl2q_s8(v, vuzp1q_u8(a, b)), weights);
        words += 32;
      }
      starts += 1;
    }
    vst1q_s32(sums + (ptrdiff_t)tile * 8, sum[0]);
    vst1q_s32(sums + (ptrdiff_t)tile * 8 + 4, sum[1]);
  }
}

/// Four rows at a time.
void hush_s16_gemv_dotprod(
  const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  planes p = s16_planes(x, m->columns, scratch);
  for (int32_t lane = 0; lane < m->lanes; lane += 4) {
    const int8_t *weights = m->dense + (ptrdiff_t)lane * m->stride;
    int32x4_t low[4], high[4];
    for (int32_t r = 0; r < 4; r++) low[r] = high[r] = vdupq_n_s32(0);
    for (int32_t column = 0; column < m->stride; column += 16) {
      int8x16_t l = signed_bytes(p.low + column), h = vld1q_s8(p.high + column);
      for (int32_t r = 0; r < 4; r++) {
        int8x16_t w = vld1q_s8(weights + (ptrdiff_t)r * m->stride + column);
        low[r] = vdotq_s32(low[r], l, w);
        high[r] = vdotq_s32(high[r], h, w);
      }
    }
    int32x4_t l = vpaddq_s32(vpaddq_s32(low[0], low[1]), vpaddq_s32(low[2], low[3]));
    int32x4_t h = vpaddq_s32(vpaddq_s32(high[0], high[1]), vpaddq_s32(high[2], high[3]));
    vst1q_s32(sums + lane, whole(l, h, m->totals + lane));
  }
}

/// A block is four registers: four rows of four weights each.
void hush_s16_bsrmv_dotprod(
  const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  planes p = s16_planes_flipped(x, m->columns, scratch, 128, 0);
  const int8_t *weights = m->blocks;
  const uint16_t *starts = m->starts;
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    int32x4_t low[4], high[4];
    for (int32_t i = 0; i < 4; i++) low[i] = high[i] = vdupq_n_s32(0);
    for (int32_t left = m->lengths[tile]; left > 0; left--, starts++, weights += 64) {
      int8x16_t four_low = spread(p.low + *starts), four_high = spread(p.high + *starts);
      for (int32_t i = 0; i < 4; i++) {
        int8x16_t w = vld1q_s8(weights + 16 * i);
        low[i] = vdotq_s32(low[i], four_low, w);
        high[i] = vdotq_s32(high[i], four_high, w);
      }
    }
    for (int32_t i = 0; i < 4; i++) {
      ptrdiff_t lane = (ptrdiff_t)tile * hush_block_rows + 4 * i;
      vst1q_s32(sums + lane, whole(low[i], high[i], m->totals + lane));
    }
  }
}

void hush_u7_bsrmv_dotprod(
  const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  const int8_t *copy = u7_copy(x, m->columns, scratch), *weights = m->blocks;
  const uint16_t *starts = m->starts;
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    int32x4_t sum[4];
    for (int32_t i = 0; i < 4; i++) sum[i] = vdupq_n_s32(0);
    for (int32_t left = m->lengths[tile]; left > 0; left--, starts++, weights += 64) {
      int8x16_t four = spread(copy + *starts);
      for (int32_t i = 0; i < 4; i++) sum[i] = vdotq_s32(sum[i], four, vld1q_s8(weights + 16 * i));
    }
    for (int32_t i = 0; i < 4; i++)
      vst1q_s32(sums + (ptrdiff_t)tile * hush_block_rows + 4 * i, sum[i]);
  }
}

void hush_s8_gemv_dotprod(const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  memcpy(scratch, x, (size_t)m->columns);
  const int8_t *copy = scratch;
  for (int32_t lane = 0; lane < m->lanes; lane += 4) {
    const int8_t *weights = m->dense + (ptrdiff_t)lane * m->stride;
    int32x4_t sum[4];
    for (int32_t r = 0; r < 4; r++) sum[r] = vdupq_n_s32(0);
    for (int32_t column = 0; column < m->stride; column += 16) {
      int8x16_t v = vld1q_s8(copy + column);
      for (int32_t r = 0; r < 4; r++)
        sum[r] = vdotq_s32(sum[r], v, vld1q_s8(weights + (ptrdiff_t)r * m->stride + column));
    }
    vst1q_s32(
      sums + lane, vpaddq_s32(vpaddq_s32(sum[0], sum[1]), vpaddq_s32(sum[2], sum[3])));
  }
}

#pragma clang attribute pop
#else
typedef int hush_nothing_here;
#endif
