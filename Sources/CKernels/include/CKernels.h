// The arithmetic of one hop for whatever vector unit the processor has: matrices of int8, sparse,
// in blocks or dense, times vectors of int16 or int8, and the steps between them.
//
// Every function computes the same bits on every processor. `docs/kernels.md` explains the format.
#ifndef HUSH_CKERNELS_H
#define HUSH_CKERNELS_H

#include <stdint.h>

/// The shape in which a kernel takes its weights.
typedef struct {
  /// Rows of a tile; each has its own lane of the accumulators.
  int32_t rows;
  /// Weights of each row in a step.
  int32_t slots;
  /// Neighbouring activations among which a step looks its own up: 16 or 32.
  int32_t window;
  /// What the beginning of a window is a multiple of, but for the last.
  int32_t align;
} hush_geometry;

/// How a matrix is laid out.
typedef enum {
  hush_layout_sparse,
  hush_layout_dense,
  hush_layout_blocks,
  /// Whichever reads fewest bytes: all take about as long for a byte.
  hush_layout_smallest,
} hush_layout;

/// States whose real parts stand side by side, and then their imaginary parts: half a tile, so that
/// rows that read the same columns meet in one.
enum { hush_states_together = 8 };

/// The blocks of hush_layout_blocks.
enum { hush_block_rows = 16, hush_block_columns = 4 };

/// A matrix packed for one kernel. Made by `hush_matrix_pack`; never changed after it.
///
/// Sparse: `words` holds step after step, [rows of a tile, slots], each word a weight (high byte)
/// and the place of its activation in the step's window (low byte). A tile is as many steps as its
/// fullest row needs; what its other rows lack are words of 0.
///
/// Dense: `dense` holds [lanes, stride] weights.
///
/// Blocks: `blocks` holds block after block, [rows of a tile, 4 columns] weights: of a tile's
/// columns in fours, those in which any of its rows has a weight.
typedef struct {
  /// Any but the last.
  hush_layout layout;
  int32_t rows;
  int32_t columns;
  /// Sums that a product writes: the rows, and fillers that complete the last tile.
  int32_t lanes;
  int32_t tiles;
  hush_geometry geometry;
  /// [lanes]: which row a lane is, -1 for a filler.
  int32_t *order;
  /// [lanes]: the sum of the row's weights.
  int32_t *totals;
  /// [tiles]: steps of each, or blocks.
  int32_t *lengths;
  /// Where each step's window begins. It ends with the last column or before, unless the matrix
  /// has fewer columns than a window. Or the first column of each block, a multiple of 4.
  uint16_t *starts;
  int16_t *words;
  int8_t *blocks;
  int8_t *dense;
  int32_t stride;
  /// Bytes that a product reads.
  int64_t bytes;
} hush_matrix;

/// A matrix with its zeros filled in, and the order its rows are to have.
typedef struct {
  int32_t rows;
  /// At most 65535.
  int32_t columns;
  /// [rows, columns].
  const int8_t *weights;
  /// The row for each lane, `rows` of them, or null: whichever packs best of rows as they are and,
  /// for steps, rows of like counts together, for blocks, rows that begin in like columns together.
  const int32_t *order;
} hush_matrix_source;

/// One way to compute everything: an instruction set, or plain C.
typedef struct {
  /// "avx512vnni", "avx2", "ssse3", "dotprod", "neon" or "scalar".
  const char *name;
  hush_geometry geometry;

  /// sums[l] = the sum over the columns of row order[l], for every lane; exact modulo 2^32.
  /// `scratch` has `hush_scratch_bytes` bytes, aligned to 64.
  void (*s16_spmv)(const hush_matrix *matrix, const int16_t *x, int32_t *sums, void *scratch);
  void (*s8_spmv)(const hush_matrix *matrix, const int8_t *x, int32_t *sums, void *scratch);
  void (*s16_gemv)(const hush_matrix *matrix, const int16_t *x, int32_t *sums, void *scratch);
  void (*s8_gemv)(const hush_matrix *matrix, const int8_t *x, int32_t *sums, void *scratch);
  void (*s16_bsrmv)(const hush_matrix *matrix, const int16_t *x, int32_t *sums, void *scratch);
  /// Of x that are 0...127 only.
  void (*u7_bsrmv)(const hush_matrix *matrix, const int8_t *x, int32_t *sums, void *scratch);

  // The rest works on whole vectors: `count` is a multiple of 16, what is past the end is filled
  // up. What the integers mean is defined by integer.py in Training; rs is its rounding shift.

  /// out[i] = in[index[i]]; `size`, a multiple of 64, is how many elements `in` has.
  void (*s16_permute)(
    const int16_t *in, int32_t size, const uint16_t *index, int16_t *out, int32_t count);
  /// out[i] = min(rs(in[i], shift), 127), of in[i] that are 0 or more; shift is 0...8.
  void (*s16_narrow)(const int16_t *in, int32_t shift, int8_t *out, int32_t count);
  /// sums[i] <<= shift, which is 0...8: what a product of narrowed numbers stands for.
  void (*s32_raise)(int32_t *sums, int32_t shift, int32_t count);
  /// out[i] = clamp((sums[i] + offset[i]) >> shift[i], -32768, 32767)
  void (*s16_requantize)(
    const int32_t *sums, const int32_t *offset, const int32_t *shift, int16_t *out, int32_t count);
  /// out[i] = clamp(rs(h[i] * scale[i], 15) + offset[i], 0, 32767)
  void (*s16_norm)(
    const int16_t *h, const int16_t *scale, const int16_t *offset, int16_t *out, int32_t count);
  /// The drive of the states, in place, with S = 2^28 - 1 for the largest state:
  /// sums[i] = clamp((sums[i] + offset[i]) >> right[i], -(S >> left[i]), S >> left[i]) << left[i]
  void (*s32_drive)(
    int32_t *sums, const int32_t *offset, const int32_t *right, const int32_t *left, int32_t count);
  /// The linear recurrence; `narrow` gets the states as int16. All four hold the real parts of eight
  /// states, then their imaginary parts, then the next eight; `count` numbers.
  void (*s32_scan)(
    int32_t *states, const int16_t *lambda, const int32_t *drive, int16_t *narrow, int32_t count);
  /// out[i] = clamp(((sums[i] + offset[i]) >> shift[i]) + rs(u[i] * skip[i], skip_shift), 0, 32767)
  void (*s16_output)(
    const int32_t *sums, const int32_t *offset, const int32_t *shift, const int16_t *u,
    const int16_t *skip, int32_t skip_shift, int16_t *out, int32_t count);
  /// out[i] = clamp(((sums[i] + offset[i]) >> shift[i]) + middle, 0, limit)
  void (*s16_activate)(
    const int32_t *sums, const int32_t *offset, const int32_t *shift, int32_t middle,
    int32_t limit, int16_t *out, int32_t count);
  /// h[i] = clamp(h[i] + rs(y[i] * g[i], shift), -32768, 32767)
  void (*s16_residual)(
    int16_t *h, const int16_t *y, const int16_t *g, int32_t shift, int32_t count);
} hush_kernels;

/// The fastest kernels this processor has, or those HUSH_ISA names in the environment if it has
/// them. Chosen once, at the first call; every later call gives the same.
const hush_kernels *hush_kernels_chosen(void);

/// All kernels this processor can run, fastest first, `count` of them.
const hush_kernels *const *hush_kernels_available(int32_t *count);

/// Packs a matrix for `kernels`. Null where there is no memory.
hush_matrix *hush_matrix_pack(
  const hush_matrix_source *source, const hush_kernels *kernels, hush_layout layout);
void hush_matrix_free(hush_matrix *matrix);

/// Bytes of scratch memory a product with so many columns needs.
int64_t hush_scratch_bytes(int32_t columns);

#endif
