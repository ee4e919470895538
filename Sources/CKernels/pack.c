// From a matrix with zeros to the stream of steps that the kernels read.
//
// Windows slide: each step's window begins at the first column that any row of the tile still
// needs, so a row with many weights in one place borrows time from where it has few.
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

enum { line = 64 };

static void *line_aligned(size_t bytes) {
  size_t whole = (bytes + line - 1) / line * line;
  // The widest kernel reads whole registers, past the end of what it uses.
  void *memory = aligned_alloc(line, whole + line);
  if (memory != NULL) memset(memory, 0, whole + line);
  return memory;
}

static int32_t round_up(int32_t value, int32_t unit) { return (value + unit - 1) / unit * unit; }

typedef struct {
  int32_t row;
  int32_t count;
} counted_row;

static int by_count(const void *a, const void *b) {
  const counted_row *left = a, *right = b;
  if (left->count != right->count) return left->count < right->count ? -1 : 1;
  return left->row < right->row ? -1 : 1;
}

/// Rows one after the other, or as they are given.
static void set_order(hush_matrix *m, const hush_matrix_source *source) {
  for (int32_t lane = 0; lane < m->lanes; lane++) m->order[lane] = -1;
  for (int32_t lane = 0; lane < m->rows; lane++)
    m->order[lane] = source->order != NULL ? source->order[lane] : lane;
}

/// Rows of like counts together.
static int32_t set_order_by_count(hush_matrix *m, const hush_matrix_source *source) {
  counted_row *counted = malloc(sizeof(counted_row) * (size_t)(m->rows > 0 ? m->rows : 1));
  if (counted == NULL) return 0;
  for (int32_t row = 0; row < m->rows; row++) {
    const int8_t *weights = source->weights + (size_t)row * (size_t)m->columns;
    counted[row].row = row;
    counted[row].count = 0;
    for (int32_t column = 0; column < m->columns; column++)
      counted[row].count += weights[column] != 0;
  }
  qsort(counted, (size_t)m->rows, sizeof(counted_row), by_count);
  for (int32_t row = 0; row < m->rows; row++) m->order[row] = counted[row].row;
  free(counted);
  return 1;
}

/// The next column from `from` on where the row has a weight; `columns` if there is none.
static int32_t next_weight(const int8_t *weights, int32_t from, int32_t columns) {
  while (from < columns && weights[from] == 0) from++;
  return from;
}

/// Writes a tile's steps, or with `words` null only counts them.
static int32_t pack_tile(
  const hush_matrix *m, const hush_matrix_source *source, int32_t tile, int32_t *cursor,
  uint16_t *starts, int16_t *words) {
  hush_geometry g = m->geometry;
  const int32_t *order = m->order + (ptrdiff_t)tile * g.rows;
  int32_t columns = m->columns;
  int32_t last_start = columns > g.window ? columns - g.window : 0;
  for (int32_t r = 0; r < g.rows; r++) {
    cursor[r] = columns;
    if (order[r] < 0) continue;
    cursor[r] = next_weight(source->weights + (ptrdiff_t)order[r] * columns, 0, columns);
  }
  for (int32_t steps = 0;; steps++) {
    int32_t start = columns;
    for (int32_t r = 0; r < g.rows; r++)
      if (cursor[r] < start) start = cursor[r];
    if (start == columns) return steps;
    start = start / g.align * g.align;
    if (start > last_start) start = last_start;
    if (words != NULL) starts[steps] = (uint16_t)start;
    for (int32_t r = 0; r < g.rows; r++) {
      if (order[r] < 0) continue;
      const int8_t *weights = source->weights + (ptrdiff_t)order[r] * columns;
      for (int32_t slot = 0; slot < g.slots && cursor[r] < columns; slot++) {
        int32_t place = cursor[r] - start;
        if (place >= g.window) break;
        if (words != NULL)
          words[((ptrdiff_t)steps * g.rows + r) * g.slots + slot] =
            (int16_t)(weights[cursor[r]] * 256 + place);
        cursor[r] = next_weight(weights, cursor[r] + 1, columns);
      }
    }
  }
}

/// The steps of all tiles in the order that is set.
static int64_t count_steps(
  const hush_matrix *m, const hush_matrix_source *source, int32_t *cursor) {
  int64_t steps = 0;
  for (int32_t tile = 0; tile < m->tiles; tile++)
    steps += pack_tile(m, source, tile, cursor, NULL, NULL);
  return steps;
}

/// Where zeros are anywhere, rows of like counts pack best; where neighbouring rows have their weights in
/// the same columns, as in networks that hear neighbouring bands only, rows as they are.
static int64_t choose_order(
  hush_matrix *m, const hush_matrix_source *source, int32_t *cursor) {
  int64_t steps = count_steps(m, source, cursor);
  if (source->order != NULL) return steps;
  if (!set_order_by_count(m, source)) return -1;
  int64_t by_count_steps = count_steps(m, source, cursor);
  if (by_count_steps <= steps) return by_count_steps;
  set_order(m, source);
  return steps;
}

static int32_t pack_sparse(hush_matrix *m, const hush_matrix_source *source) {
  int32_t word_count = m->geometry.rows * m->geometry.slots;
  int32_t *cursor = malloc(sizeof(int32_t) * (size_t)m->geometry.rows);
  m->lengths = line_aligned(sizeof(int32_t) * (size_t)m->tiles);
  int64_t steps = -1;
  if (cursor != NULL && m->lengths != NULL) steps = choose_order(m, source, cursor);
  if (steps < 0) {
    free(cursor);
    return 0;
  }
  m->bytes = steps * word_count * 2 + steps * 2;
  m->starts = line_aligned(sizeof(uint16_t) * (size_t)steps);
  m->words = line_aligned(sizeof(int16_t) * (size_t)(steps * word_count));
  if (m->starts != NULL && m->words != NULL) {
    int64_t done = 0;
    for (int32_t tile = 0; tile < m->tiles; tile++) {
      m->lengths[tile] = pack_tile(
        m, source, tile, cursor, m->starts + done, m->words + done * word_count);
      done += m->lengths[tile];
    }
  }
  free(cursor);
  return m->starts != NULL && m->words != NULL;
}

static void pack_dense(hush_matrix *m, const hush_matrix_source *source) {
  for (int32_t lane = 0; lane < m->rows; lane++)
    memcpy(
      m->dense + (ptrdiff_t)lane * m->stride,
      source->weights + (ptrdiff_t)m->order[lane] * m->columns, (size_t)m->columns);
  m->bytes = (int64_t)m->lanes * m->stride;
}

static void sum_rows(hush_matrix *m, const hush_matrix_source *source) {
  for (int32_t lane = 0; lane < m->rows; lane++) {
    const int8_t *weights = source->weights + (ptrdiff_t)m->order[lane] * m->columns;
    for (int32_t column = 0; column < m->columns; column++) m->totals[lane] += weights[column];
  }
}

static hush_matrix *pack(
  const hush_matrix_source *source, const hush_kernels *kernels, int32_t dense) {
  hush_matrix *m = calloc(1, sizeof(hush_matrix));
  if (m == NULL) return NULL;
  m->rows = source->rows;
  m->columns = source->columns;
  m->geometry = kernels->geometry;
  // Dense kernels take four rows at a time.
  m->lanes = round_up(m->rows, m->geometry.rows > 4 ? m->geometry.rows : 4);
  m->tiles = m->lanes / m->geometry.rows;
  m->stride = round_up(m->columns, line);
  m->order = line_aligned(sizeof(int32_t) * (size_t)m->lanes);
  m->totals = line_aligned(sizeof(int32_t) * (size_t)m->lanes);
  int32_t done = m->order != NULL && m->totals != NULL;
  if (done && dense) {
    m->dense = line_aligned((size_t)m->lanes * (size_t)m->stride);
    done = m->dense != NULL;
  }
  if (done) set_order(m, source);
  if (done && !dense) done = pack_sparse(m, source);
  if (done) sum_rows(m, source);
  if (done && dense) pack_dense(m, source);
  if (done) return m;
  hush_matrix_free(m);
  return NULL;
}

hush_matrix *hush_matrix_pack(
  const hush_matrix_source *source, const hush_kernels *kernels, hush_layout layout) {
  hush_matrix *m = pack(source, kernels, layout == hush_layout_dense);
  if (m == NULL || layout != hush_layout_smaller) return m;
  if (m->bytes <= (int64_t)m->lanes * m->stride) return m;
  hush_matrix_free(m);
  return pack(source, kernels, 1);
}

void hush_matrix_free(hush_matrix *m) {
  if (m == NULL) return;
  free(m->order);
  free(m->totals);
  free(m->lengths);
  free(m->starts);
  free(m->words);
  free(m->dense);
  free(m);
}

int64_t hush_scratch_bytes(int32_t columns) {
  // Two bytes an activation, or two planes of one, each filled up to whole registers.
  return 2 * ((int64_t)round_up(columns, line) + 2 * line);
}
