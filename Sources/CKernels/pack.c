// From a matrix with zeros to the stream of steps that the kernels read.
//
// Or to blocks, where rows have their weights in the same columns.
//
// Windows slide: each step's window begins at the first column that any row of the tile still
// needs, so a row with many weights in one place borrows time from where it has few.
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

enum { line = 64, block_bytes = hush_block_rows * hush_block_columns };

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
  /// What rows are put in order by.
  int32_t key;
} keyed_row;

static int by_key(const void *a, const void *b) {
  const keyed_row *left = a, *right = b;
  if (left->key != right->key) return left->key < right->key ? -1 : 1;
  return left->row < right->row ? -1 : 1;
}

/// Rows one after the other, or as they are given.
static void set_order(hush_matrix *m, const hush_matrix_source *source) {
  for (int32_t lane = 0; lane < m->lanes; lane++) m->order[lane] = -1;
  for (int32_t lane = 0; lane < m->rows; lane++)
    m->order[lane] = source->order != NULL ? source->order[lane] : lane;
}

/// The next column from `from` on where the row has a weight; `columns` if there is none.
static int32_t next_weight(const int8_t *weights, int32_t from, int32_t columns) {
  while (from < columns && weights[from] == 0) from++;
  return from;
}

static int32_t count_weights(const int8_t *weights, int32_t columns) {
  int32_t count = 0;
  for (int32_t column = 0; column < columns; column++) count += weights[column] != 0;
  return count;
}

static int32_t first_weight(const int8_t *weights, int32_t columns) {
  return next_weight(weights, 0, columns);
}

/// Rows of like keys together; 0 where there is no memory.
static int32_t set_order_by(
  hush_matrix *m, const hush_matrix_source *source,
  int32_t (*key)(const int8_t *weights, int32_t columns)) {
  keyed_row *keyed = malloc(sizeof(keyed_row) * (size_t)(m->rows > 0 ? m->rows : 1));
  if (keyed == NULL) return 0;
  for (int32_t row = 0; row < m->rows; row++) {
    keyed[row].row = row;
    keyed[row].key = key(source->weights + (size_t)row * (size_t)m->columns, m->columns);
  }
  qsort(keyed, (size_t)m->rows, sizeof(keyed_row), by_key);
  for (int32_t row = 0; row < m->rows; row++) m->order[row] = keyed[row].row;
  free(keyed);
  return 1;
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

/// The steps of all tiles in the order that is set; `cursor` is room for a number a row of a tile.
static int64_t count_steps(hush_matrix *m, const hush_matrix_source *source, void *cursor) {
  int64_t steps = 0;
  for (int32_t tile = 0; tile < m->tiles; tile++)
    steps += pack_tile(m, source, tile, cursor, NULL, NULL);
  return steps;
}

/// The order that takes the fewest steps or blocks: rows as they are, or those of like keys together;
/// -1 where there is no memory.
///
/// Where zeros are anywhere, rows of like counts take the fewest steps; where neighbouring rows have
/// their weights in the same columns, as in networks that hear neighbouring bands only, rows as they
/// are.
static int64_t choose_order(
  hush_matrix *m, const hush_matrix_source *source,
  int64_t (*count)(hush_matrix *m, const hush_matrix_source *source, void *room), void *room,
  int32_t (*key)(const int8_t *weights, int32_t columns)) {
  int64_t as_they_are = count(m, source, room);
  if (source->order != NULL) return as_they_are;
  if (!set_order_by(m, source, key)) return -1;
  int64_t by_key = count(m, source, room);
  if (by_key < as_they_are) return by_key;
  set_order(m, source);
  return as_they_are;
}

static int32_t pack_sparse(hush_matrix *m, const hush_matrix_source *source) {
  int32_t word_count = m->geometry.rows * m->geometry.slots;
  int32_t *cursor = malloc(sizeof(int32_t) * (size_t)m->geometry.rows);
  m->lengths = line_aligned(sizeof(int32_t) * (size_t)m->tiles);
  int64_t steps = -1;
  if (cursor != NULL && m->lengths != NULL)
    steps = choose_order(m, source, count_steps, cursor, count_weights);
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

/// Which of a tile's columns in fours have weights: used[i] is 1 or 0.
static void find_blocks(
  const hush_matrix *m, const hush_matrix_source *source, const int32_t *order, uint8_t *used) {
  memset(used, 0, (size_t)round_up(m->columns, hush_block_columns) / hush_block_columns);
  for (int32_t r = 0; r < hush_block_rows; r++) {
    if (order[r] < 0) continue;
    const int8_t *weights = source->weights + (ptrdiff_t)order[r] * m->columns;
    int32_t column = 0;
    for (; column + hush_block_columns <= m->columns; column += hush_block_columns) {
      uint32_t four;
      memcpy(&four, weights + column, sizeof four);
      used[column / hush_block_columns] |= four != 0;
    }
    for (; column < m->columns; column++)
      used[column / hush_block_columns] |= weights[column] != 0;
  }
}

static void copy_block(
  const hush_matrix *m, const hush_matrix_source *source, const int32_t *order, int32_t first,
  int8_t *block) {
  int32_t width = m->columns - first < hush_block_columns ? m->columns - first : hush_block_columns;
  for (int32_t r = 0; r < hush_block_rows; r++)
    if (order[r] >= 0)
      memcpy(
        block + r * hush_block_columns,
        source->weights + (ptrdiff_t)order[r] * m->columns + first, (size_t)width);
}

/// Writes all blocks, or with `m->blocks` null only counts them; `room` is for a byte a column.
static int64_t pack_all_blocks(hush_matrix *m, const hush_matrix_source *source, void *room) {
  uint8_t *used = room;
  int64_t done = 0;
  int32_t fours = round_up(m->columns, hush_block_columns) / hush_block_columns;
  for (int32_t tile = 0; tile < m->tiles; tile++) {
    const int32_t *order = m->order + (ptrdiff_t)tile * hush_block_rows;
    int64_t before = done;
    find_blocks(m, source, order, used);
    for (int32_t i = 0; i < fours; i++) {
      if (!used[i]) continue;
      if (m->blocks != NULL) {
        int32_t first = i * hush_block_columns;
        m->starts[done] = (uint16_t)first;
        copy_block(m, source, order, first, m->blocks + done * block_bytes);
      }
      done++;
    }
    m->lengths[tile] = (int32_t)(done - before);
  }
  return done;
}

static int32_t pack_blocks(hush_matrix *m, const hush_matrix_source *source) {
  uint8_t *used = malloc((size_t)m->columns + 1);
  m->lengths = line_aligned(sizeof(int32_t) * (size_t)m->tiles);
  int64_t blocks = -1;
  if (used != NULL && m->lengths != NULL)
    blocks = choose_order(m, source, pack_all_blocks, used, first_weight);
  if (blocks < 0) {
    free(used);
    return 0;
  }
  m->bytes = blocks * (block_bytes + 2);
  m->starts = line_aligned(sizeof(uint16_t) * (size_t)blocks);
  m->blocks = line_aligned((size_t)(blocks * block_bytes));
  int32_t done = m->starts != NULL && m->blocks != NULL;
  if (done) pack_all_blocks(m, source, used);
  free(used);
  return done;
}

static int32_t pack_dense(hush_matrix *m, const hush_matrix_source *source) {
  m->dense = line_aligned((size_t)m->lanes * (size_t)m->stride);
  if (m->dense == NULL) return 0;
  for (int32_t lane = 0; lane < m->rows; lane++)
    memcpy(
      m->dense + (ptrdiff_t)lane * m->stride,
      source->weights + (ptrdiff_t)m->order[lane] * m->columns, (size_t)m->columns);
  m->bytes = (int64_t)m->lanes * m->stride;
  return 1;
}

static void sum_rows(hush_matrix *m, const hush_matrix_source *source) {
  for (int32_t lane = 0; lane < m->rows; lane++) {
    const int8_t *weights = source->weights + (ptrdiff_t)m->order[lane] * m->columns;
    for (int32_t column = 0; column < m->columns; column++) m->totals[lane] += weights[column];
  }
}

/// Rows, and fillers up to whole tiles. Dense kernels take four rows at a time.
static int32_t lanes_of(int32_t rows, const hush_kernels *kernels, hush_layout layout) {
  int32_t unit = kernels->geometry.rows > 4 ? kernels->geometry.rows : 4;
  return round_up(rows, layout == hush_layout_blocks ? hush_block_rows : unit);
}

static hush_matrix *pack(
  const hush_matrix_source *source, const hush_kernels *kernels, hush_layout layout) {
  hush_matrix *m = calloc(1, sizeof(hush_matrix));
  if (m == NULL) return NULL;
  m->layout = layout;
  m->rows = source->rows;
  m->columns = source->columns;
  m->geometry = kernels->geometry;
  m->lanes = lanes_of(m->rows, kernels, layout);
  m->tiles = m->lanes / (layout == hush_layout_blocks ? hush_block_rows : m->geometry.rows);
  m->stride = round_up(m->columns, line);
  m->order = line_aligned(sizeof(int32_t) * (size_t)m->lanes);
  m->totals = line_aligned(sizeof(int32_t) * (size_t)m->lanes);
  int32_t done = m->order != NULL && m->totals != NULL;
  if (done) set_order(m, source);
  if (done && layout == hush_layout_sparse) done = pack_sparse(m, source);
  if (done && layout == hush_layout_dense) done = pack_dense(m, source);
  if (done && layout == hush_layout_blocks) done = pack_blocks(m, source);
  if (done) sum_rows(m, source);
  if (done) return m;
  hush_matrix_free(m);
  return NULL;
}

hush_matrix *hush_matrix_pack(
  const hush_matrix_source *source, const hush_kernels *kernels, hush_layout layout) {
  if (layout != hush_layout_smallest) return pack(source, kernels, layout);
  hush_matrix *sparse = pack(source, kernels, hush_layout_sparse);
  hush_matrix *blocks = pack(source, kernels, hush_layout_blocks);
  if (sparse == NULL || blocks == NULL) {
    hush_matrix_free(sparse);
    hush_matrix_free(blocks);
    return NULL;
  }
  int32_t is_sparse = sparse->bytes <= blocks->bytes;
  hush_matrix *smaller = is_sparse ? sparse : blocks;
  hush_matrix_free(is_sparse ? blocks : sparse);
  int64_t lanes = lanes_of(source->rows, kernels, hush_layout_dense);
  if (smaller->bytes <= lanes * smaller->stride) return smaller;
  hush_matrix_free(smaller);
  return pack(source, kernels, hush_layout_dense);
}

void hush_matrix_free(hush_matrix *m) {
  if (m == NULL) return;
  free(m->order);
  free(m->totals);
  free(m->lengths);
  free(m->starts);
  free(m->words);
  free(m->dense);
  free(m->blocks);
  free(m);
}

int64_t hush_scratch_bytes(int32_t columns) {
  // Two bytes an activation, or two planes of one, each filled up to whole registers.
  return 2 * ((int64_t)round_up(columns, line) + 2 * line);
}
