// Matrix times vector for every aarch64 (Cortex-A53 and A72 among them).
//
// A step is two registers: 8 rows of two words. `uzp1` puts the low bytes of the words side by
// side: the places that `tbl` looks up in the low and in the high bytes of 16 activations. `zip`
// makes int16 of what it finds, for `smlal` with the words' high bytes. The two slots of a row are
// summed apart and added at the end of the tile.
#if defined(__aarch64__)
#include <arm_neon.h>
#include <stddef.h>

#include "kernels.h"

HUSH_DECLARE_KERNELS(neon);

#include "activations.inc.h"

static void spmv(const hush_matrix *m, planes p, int32_t *sums) {
  const int16_t *words = m->words;
  const uint16_t *starts = m->starts;
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    int32x4_t sum[4];
    for (int32_t i = 0; i < 4; i++) sum[i] = vdupq_n_s32(0);
    for (int32_t k = m->lengths[tile]; k > 0; k--) {
      int16x8_t a = vld1q_s16(words), b = vld1q_s16(words + 8);
      uint8x16_t places = vuzp1q_u8(vreinterpretq_u8_s16(a), vreinterpretq_u8_s16(b));
      uint8x16_t low = vqtbl1q_u8(vld1q_u8(p.low + *starts), places);
      uint8x16_t high = vqtbl1q_u8(vld1q_u8((const uint8_t *)p.high + *starts), places);
      int16x8_t xa = vreinterpretq_s16_u8(vzip1q_u8(low, high));
      int16x8_t xb = vreinterpretq_s16_u8(vzip2q_u8(low, high));
      int16x8_t wa = vshrq_n_s16(a, 8), wb = vshrq_n_s16(b, 8);
      sum[0] = vmlal_s16(sum[0], vget_low_s16(xa), vget_low_s16(wa));
      sum[1] = vmlal_high_s16(sum[1], xa, wa);
      sum[2] = vmlal_s16(sum[2], vget_low_s16(xb), vget_low_s16(wb));
      sum[3] = vmlal_high_s16(sum[3], xb, wb);
      words += 16;
      starts += 1;
    }
    vst1q_s32(sums + (ptrdiff_t)tile * 8, vpaddq_s32(sum[0], sum[1]));
    vst1q_s32(sums + (ptrdiff_t)tile * 8 + 4, vpaddq_s32(sum[2], sum[3]));
  }
}

void hush_s16_spmv_neon(const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  spmv(m, s16_planes(x, m->columns, scratch), sums);
}

void hush_s8_spmv_neon(const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  spmv(m, s8_planes(x, m->columns, scratch), sums);
}

/// Four rows at a time.
static void gemv(const hush_matrix *m, const int16_t *x, int32_t *sums) {
  for (int32_t lane = 0; lane < m->lanes; lane += 4) {
    const int8_t *weights = m->dense + (ptrdiff_t)lane * m->stride;
    int32x4_t sum[4];
    for (int32_t r = 0; r < 4; r++) sum[r] = vdupq_n_s32(0);
    for (int32_t column = 0; column < m->stride; column += 8) {
      int16x8_t v = vld1q_s16(x + column);
      for (int32_t r = 0; r < 4; r++) {
        int16x8_t w = vmovl_s8(vld1_s8(weights + (ptrdiff_t)r * m->stride + column));
        sum[r] = vmlal_s16(sum[r], vget_low_s16(v), vget_low_s16(w));
        sum[r] = vmlal_high_s16(sum[r], v, w);
      }
    }
    vst1q_s32(
      sums + lane, vpaddq_s32(vpaddq_s32(sum[0], sum[1]), vpaddq_s32(sum[2], sum[3])));
  }
}

void hush_s16_gemv_neon(const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  gemv(m, s16_copy(x, m->columns, scratch), sums);
}

/// A block is 16 rows of four weights, widened, times four activations: a register of sums a row.
void hush_s16_bsrmv_neon(const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  const int16_t *copy = m->columns % 4 != 0 ? s16_copy(x, m->columns, scratch) : x;
  const int8_t *weights = m->blocks;
  const uint16_t *starts = m->starts;
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    int32x4_t sum[hush_block_rows];
    for (int32_t r = 0; r < hush_block_rows; r++) sum[r] = vdupq_n_s32(0);
    for (int32_t left = m->lengths[tile]; left > 0; left--, starts++, weights += 64) {
      int16x4_t four = vld1_s16(copy + *starts);
      int16x8_t twice = vcombine_s16(four, four);
      for (int32_t r = 0; r < hush_block_rows; r += 4) {
        int8x16_t w = vld1q_s8(weights + 4 * r);
        int16x8_t w0 = vmovl_s8(vget_low_s8(w)), w1 = vmovl_high_s8(w);
        sum[r] = vmlal_s16(sum[r], four, vget_low_s16(w0));
        sum[r + 1] = vmlal_high_s16(sum[r + 1], twice, w0);
        sum[r + 2] = vmlal_s16(sum[r + 2], four, vget_low_s16(w1));
        sum[r + 3] = vmlal_high_s16(sum[r + 3], twice, w1);
      }
    }
    for (int32_t r = 0; r < hush_block_rows; r += 4)
      vst1q_s32(
        sums + (ptrdiff_t)tile * hush_block_rows + r,
        vpaddq_s32(vpaddq_s32(sum[r], sum[r + 1]), vpaddq_s32(sum[r + 2], sum[r + 3])));
  }
}

/// A row's four products of bytes, added in pairs: two blocks of them fit in 16 bits, as x is 127 at
/// most.
void hush_u7_bsrmv_neon(const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  const int8_t *copy = u7_copy(x, m->columns, scratch), *weights = m->blocks;
  const uint16_t *starts = m->starts;
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    int32x4_t sum[8];
    for (int32_t i = 0; i < 8; i++) sum[i] = vdupq_n_s32(0);
    int32_t left = m->lengths[tile];
    for (; left >= 2; left -= 2, starts += 2, weights += 128) {
      int8x16_t a = spread(copy + starts[0]), b = spread(copy + starts[1]);
      for (int32_t i = 0; i < 4; i++) {
        int8x16_t w = vld1q_s8(weights + 16 * i), v = vld1q_s8(weights + 64 + 16 * i);
        int16x8_t two = vmull_s8(vget_low_s8(a), vget_low_s8(w));
        two = vmlal_s8(two, vget_low_s8(b), vget_low_s8(v));
        sum[2 * i] = vpadalq_s16(sum[2 * i], two);
        two = vmlal_high_s8(vmull_high_s8(a, w), b, v);
        sum[2 * i + 1] = vpadalq_s16(sum[2 * i + 1], two);
      }
    }
    if (left > 0) {
      int8x16_t a = spread(copy + *starts);
      for (int32_t i = 0; i < 4; i++) {
        int8x16_t w = vld1q_s8(weights + 16 * i);
        sum[2 * i] = vpadalq_s16(sum[2 * i], vmull_s8(vget_low_s8(a), vget_low_s8(w)));
        sum[2 * i + 1] = vpadalq_s16(sum[2 * i + 1], vmull_high_s8(a, w));
      }
      starts++;
      weights += 64;
    }
    for (int32_t i = 0; i < 4; i++)
      vst1q_s32(
        sums + (ptrdiff_t)tile * hush_block_rows + 4 * i, vpaddq_s32(sum[2 * i], sum[2 * i + 1]));
  }
}

void hush_s8_gemv_neon(const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  gemv(m, s8_widened(x, m->columns, scratch), sums);
}
#else
typedef int hush_nothing_here;
#endif
