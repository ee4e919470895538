// The definitions are written down again here, plainly and in 64 bits, after integer.py in
// Training: nothing is taken over from the kernels that are checked.
#include "KernelCheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local uint64_t state;
static _Thread_local char message[256];

static uint64_t next(void) {
  uint64_t z = state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static int32_t below(int32_t bound) { return (int32_t)(next() % (uint64_t)bound); }

/// `low` to `high`; every fourth is one of the two, 0 or a neighbour of them.
static int32_t between(int32_t low, int32_t high) {
  if (below(4) == 0) {
    const int32_t odd[] = {low, high, 0, low + 1, high - 1};
    int32_t value = odd[below(5)];
    return value < low || value > high ? low : value;
  }
  return (int32_t)(low + (int64_t)(next() % (uint64_t)((int64_t)high - low + 1)));
}

static void *room(size_t bytes) {
  void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64 + 64);
  memset(memory, 0, (bytes + 63) / 64 * 64 + 64);
  return memory;
}

static int64_t rs(int64_t value, int64_t shift) {
  return shift > 0 ? (value + ((int64_t)1 << (shift - 1))) >> shift : value;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high) {
  return value < low ? low : value > high ? high : value;
}

/// A weight of one of three kinds: any, the extremes, small.
static int8_t weight(int32_t kind) {
  int32_t value = below(7) - 3;
  if (kind == 0) value = between(-128, 127);
  if (kind == 1) value = below(2) ? 127 : -128;
  return (int8_t)(value != 0 ? value : 1);
}

static void fill(int8_t *weights, int32_t rows, int32_t columns) {
  const int32_t densities[] = {0, 1, 10, 50, 100, 100, 300, 1000};
  int32_t density = densities[below(8)], kind = below(3), pattern = below(4);
  int32_t count = 1 << below(4);
  memset(weights, 0, (size_t)(rows * columns));
  for (int32_t row = 0; row < rows; row++) {
    int8_t *w = weights + (size_t)row * (size_t)columns;
    if (pattern == 0) {  // N:16
      for (int32_t start = 0; start < columns; start += 16)
        for (int32_t i = 0; i < count; i++) {
          int32_t column = start + below(16);
          if (column < columns) w[column] = weight(kind);
        }
    } else if (pattern == 3) {  // only what is near the diagonal
      int32_t middle = row * columns / rows;
      for (int32_t column = 0; column < columns; column++)
        if (abs(column - middle) < 24 && below(1000) < 900) w[column] = weight(kind);
    } else {
      // Unstructured; in the third pattern some rows are full and some are empty.
      int32_t here = pattern == 1 ? density : below(4) == 0 ? 1000 : below(2) * density;
      for (int32_t column = 0; column < columns; column++)
        if (below(1000) < here) w[column] = weight(kind);
    }
  }
}

const char *hush_check_matrices(const hush_kernels *kernels, uint64_t seed) {
  state = seed;
  const int32_t sides[] = {1, 2, 15, 16, 17, 31, 33, 64, 65, 100, 192, 257, 514};
  int32_t rows = below(3) ? 1 + below(70) : sides[below(12)];
  int32_t columns = below(3) ? 1 + below(140) : sides[below(13)];
  int8_t *weights = room((size_t)(rows * columns));
  fill(weights, rows, columns);
  // Exactly as long as promised, so that valgrind and sanitizers see a read past the end.
  int16_t *wide = malloc(sizeof(int16_t) * (size_t)columns);
  int8_t *narrow = malloc((size_t)columns), *seven = malloc((size_t)columns);
  int32_t extremes = below(3), sign = below(2);
  for (int32_t i = 0; i < columns; i++) {
    wide[i] = (int16_t)(extremes == 0 ? (below(2) ? 32767 : -32768) : between(-32768, 32767));
    narrow[i] = (int8_t)(extremes == 0 ? (below(2) ? 127 : -128) : between(-128, 127));
    seven[i] = (int8_t)(extremes == 0 ? 127 : between(0, 127));
    if (sign && wide[i] < 0) wide[i] = 0;
  }
  int32_t order[600];
  for (int32_t i = 0; i < rows; i++) order[i] = rows - 1 - i;
  hush_matrix_source source = {rows, columns, weights, below(4) ? NULL : order};
  void *scratch = room((size_t)hush_scratch_bytes(columns));
  message[0] = 0;
  const char *names[] = {"spmv", "gemv", "bsrmv"};
  for (hush_layout layout = hush_layout_sparse; layout < hush_layout_smallest; layout++) {
    hush_matrix *m = hush_matrix_pack(&source, kernels, layout);
    int32_t *sums = room(sizeof(int32_t) * (size_t)m->lanes);
    char *seen = calloc((size_t)rows, 1);
    const int8_t *bytes = layout == hush_layout_blocks ? seven : narrow;
    for (int32_t eight = 0; eight < 2; eight++) {
      if (layout == hush_layout_blocks && eight) kernels->u7_bsrmv(m, seven, sums, scratch);
      else if (layout == hush_layout_blocks) kernels->s16_bsrmv(m, wide, sums, scratch);
      else if (layout == hush_layout_dense && eight) kernels->s8_gemv(m, narrow, sums, scratch);
      else if (layout == hush_layout_dense) kernels->s16_gemv(m, wide, sums, scratch);
      else if (eight) kernels->s8_spmv(m, narrow, sums, scratch);
      else kernels->s16_spmv(m, wide, sums, scratch);
      for (int32_t lane = 0; lane < m->lanes; lane++) {
        int32_t row = m->order[lane];
        if (row < 0) continue;
        seen[row] += 1;
        int64_t expected = 0;
        for (int32_t column = 0; column < columns; column++)
          expected += weights[(size_t)row * (size_t)columns + (size_t)column] *
                      (int64_t)(eight ? bytes[column] : wide[column]);
        if ((int32_t)(uint32_t)(uint64_t)expected != sums[lane] && message[0] == 0)
          snprintf(
            message, sizeof message,
            "%s, seed %llu: %s of int%d, %d x %d, row %d: %d, expected %lld", kernels->name,
            (unsigned long long)seed, names[layout], eight ? 8 : 16, rows, columns, row,
            sums[lane], (long long)expected);
      }
    }
    for (int32_t row = 0; row < rows; row++)
      if (seen[row] != 2 && message[0] == 0)
        snprintf(
          message, sizeof message, "%s: row %d is in %d lanes", kernels->name, row,
          seen[row] / 2);
    free(seen);
    free(sums);
    hush_matrix_free(m);
  }
  free(scratch);
  free(seven);
  free(narrow);
  free(wide);
  free(weights);
  return message[0] ? message : NULL;
}

enum { most = 320 };

/// Room that starts aligned, as kernels may ask for.
typedef struct {
  _Alignas(64) int32_t sums[most], offset[most], shift[most], left[most], states[most],
    drive[most], raised[most];
  _Alignas(64) int16_t h[most], y[most], g[most], u[most], scale[most], skip[most], out[most];
  _Alignas(64) uint16_t index[most];
  _Alignas(64) int8_t bytes[most];
} numbers;

static void note(
  const char *isa, const char *what, uint64_t seed, int32_t i, int64_t got, int64_t want) {
  if (got != want && message[0] == 0)
    snprintf(
      message, sizeof message, "%s, seed %llu: %s at %d: %lld, expected %lld", isa,
      (unsigned long long)seed, what, i, (long long)got, (long long)want);
}

const char *hush_check_steps(const hush_kernels *k, uint64_t seed) {
  static _Thread_local numbers n, was;
  state = seed;
  message[0] = 0;
  int32_t count = 16 * (1 + below(20));
  const int32_t largest = (1 << 28) - 1;
  for (int32_t i = 0; i < most; i++) {
    n.shift[i] = between(0, 30);
    n.left[i] = 0;
    if (below(2)) {
      n.left[i] = between(0, 15);
      if (n.left[i] > 0) n.shift[i] = 0;
    }
    n.offset[i] = n.shift[i] > 0 ? 1 << (n.shift[i] - 1) : 0;
    // A sum and its rounding stay in 32 bits, as the checks at loading see to.
    n.sums[i] = between(-2147483647, 2147483647 - n.offset[i]);
    n.states[i] = between(-largest, largest);
    n.drive[i] = between(-largest, largest);
    n.raised[i] = between(-(1 << 23), (1 << 23) - 1);
    n.h[i] = (int16_t)between(-32768, 32767);
    n.y[i] = (int16_t)between(0, 32767);
    n.g[i] = (int16_t)between(0, 32767);
    n.u[i] = (int16_t)between(0, 32767);
    n.scale[i] = (int16_t)between(-32767, 32767);
    n.skip[i] = (int16_t)between(-32767, 32767);
    n.index[i] = (uint16_t)below(most);
  }
  int32_t skip_shift = between(0, 30), residual_shift = between(1, 30);
  was = n;

  k->s16_permute(n.h, most, n.index, n.out, count);
  for (int32_t i = 0; i < count; i++) note(k->name, "permute", seed, i, n.out[i], n.h[n.index[i]]);

  int32_t narrow_shift = between(0, 8);
  k->s16_narrow(n.u, narrow_shift, n.bytes, count);
  for (int32_t i = 0; i < count; i++)
    note(k->name, "narrow", seed, i, n.bytes[i], clamp(rs(n.u[i], narrow_shift), 0, 127));

  k->s32_raise(n.raised, narrow_shift, count);
  for (int32_t i = 0; i < most; i++)
    note(
      k->name, "raise", seed, i, n.raised[i],
      was.raised[i] * (int64_t)(i < count ? 1 << narrow_shift : 1));

  k->s16_requantize(n.sums, n.offset, n.shift, n.out, count);
  for (int32_t i = 0; i < count; i++)
    note(k->name, "requantize", seed, i, n.out[i], clamp(rs(n.sums[i], n.shift[i]), -32768, 32767));

  k->s16_norm(n.h, n.scale, n.skip, n.out, count);
  for (int32_t i = 0; i < count; i++)
    note(
      k->name, "norm", seed, i, n.out[i],
      clamp(rs((int64_t)n.h[i] * n.scale[i], 15) + n.skip[i], 0, 32767));

  k->s16_output(n.sums, n.offset, n.shift, n.u, n.skip, skip_shift, n.out, count);
  for (int32_t i = 0; i < count; i++) {
    int64_t past = rs((int64_t)n.u[i] * n.skip[i], skip_shift);
    // Together they fit in 32 bits where the row's shift is 1 or more.
    if (n.shift[i] == 0) continue;
    note(
      k->name, "output", seed, i, n.out[i], clamp(rs(n.sums[i], n.shift[i]) + past, 0, 32767));
  }

  k->s16_activate(n.sums, n.offset, n.shift, 512, 1023, n.out, count);
  for (int32_t i = 0; i < count; i++)
    if (n.shift[i] > 0)
      note(k->name, "activate", seed, i, n.out[i], clamp(rs(n.sums[i], n.shift[i]) + 512, 0, 1023));

  k->s16_residual(n.h, n.y, n.g, residual_shift, count);
  for (int32_t i = 0; i < most; i++)
    note(
      k->name, "residual", seed, i, n.h[i],
      i >= count ? was.h[i]
                 : clamp(was.h[i] + rs((int64_t)n.y[i] * n.g[i], residual_shift), -32768, 32767));

  k->s32_drive(n.sums, n.offset, n.shift, n.left, count);
  for (int32_t i = 0; i < count; i++) {
    int64_t limit = largest >> n.left[i];
    int64_t expected = n.left[i] > 0
                         ? clamp(was.sums[i], -limit, limit) * ((int64_t)1 << n.left[i])
                         : clamp(rs(was.sums[i], n.shift[i]), -largest, largest);
    note(k->name, "drive", seed, i, n.sums[i], expected);
  }

  k->s32_scan(n.states, n.scale, n.drive, n.out, count);
  for (int32_t i = 0; i < count; i++) {
    if (i % 16 >= 8) continue;
    int32_t j = i + 8;
    int64_t re = was.states[i], im = was.states[j], a = n.scale[i], b = n.scale[j];
    int64_t x = clamp(rs(re * a, 15) - rs(im * b, 15) + n.drive[i], -largest, largest);
    int64_t y = clamp(rs(re * b, 15) + rs(im * a, 15) + n.drive[j], -largest, largest);
    note(k->name, "scan, real", seed, i, n.states[i], x);
    note(k->name, "scan, imaginary", seed, j, n.states[j], y);
    note(k->name, "scan, real int16", seed, i, n.out[i], clamp(rs(x, 13), -32768, 32767));
    note(k->name, "scan, imaginary int16", seed, j, n.out[j], clamp(rs(y, 13), -32768, 32767));
  }
  for (int32_t i = count; i < most; i++)
    note(k->name, "scan, past the end", seed, i, n.states[i], was.states[i]);
  return message[0] ? message : NULL;
}
