// The reference: what the format means, for any geometry.
#include <stddef.h>

#include "kernels.h"

void hush_s16_spmv_scalar(
  const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  (void)scratch;
  hush_geometry g = m->geometry;
  const int16_t *words = m->words;
  const uint16_t *starts = m->starts;
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    int32_t *lanes = sums + (ptrdiff_t)tile * g.rows;
    for (int32_t r = 0; r < g.rows; r++) lanes[r] = 0;
    for (int32_t step = 0; step < m->lengths[tile]; step++, starts++) {
      for (int32_t r = 0; r < g.rows; r++)
        for (int32_t slot = 0; slot < g.slots; slot++, words++) {
          // A filler has weight 0 and the window's first place, which is there.
          int32_t product = (*words >> 8) * x[*starts + (*words & 255)];
          lanes[r] = (int32_t)((uint32_t)lanes[r] + (uint32_t)product);
        }
    }
  }
}

void hush_s8_spmv_scalar(const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  int16_t *wide = scratch;
  for (int32_t i = 0; i < m->columns; i++) wide[i] = x[i];
  hush_s16_spmv_scalar(m, wide, sums, NULL);
}

void hush_s16_gemv_scalar(
  const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  (void)scratch;
  for (int32_t lane = 0; lane < m->lanes; lane++) {
    const int8_t *weights = m->dense + (ptrdiff_t)lane * m->stride;
    uint32_t sum = 0;
    for (int32_t column = 0; column < m->columns; column++)
      sum += (uint32_t)(weights[column] * x[column]);
    sums[lane] = (int32_t)sum;
  }
}

void hush_s16_bsrmv_scalar(
  const hush_matrix *m, const int16_t *x, int32_t *sums, void *scratch) {
  (void)scratch;
  const int8_t *weights = m->blocks;
  const uint16_t *starts = m->starts;
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    int32_t *lanes = sums + (ptrdiff_t)tile * hush_block_rows;
    for (int32_t r = 0; r < hush_block_rows; r++) lanes[r] = 0;
    for (int32_t left = m->lengths[tile]; left > 0; left--, starts++) {
      int32_t end = *starts + hush_block_columns;
      for (int32_t r = 0; r < hush_block_rows; r++)
        for (int32_t column = *starts; column < end; column++, weights++)
          if (column < m->columns)
            lanes[r] = (int32_t)((uint32_t)lanes[r] + (uint32_t)(*weights * x[column]));
    }
  }
}

void hush_u7_bsrmv_scalar(const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  int16_t *wide = scratch;
  for (int32_t i = 0; i < m->columns; i++) wide[i] = x[i];
  hush_s16_bsrmv_scalar(m, wide, sums, NULL);
}

void hush_s8_gemv_scalar(const hush_matrix *m, const int8_t *x, int32_t *sums, void *scratch) {
  int16_t *wide = scratch;
  for (int32_t i = 0; i < m->columns; i++) wide[i] = x[i];
  hush_s16_gemv_scalar(m, wide, sums, NULL);
}
