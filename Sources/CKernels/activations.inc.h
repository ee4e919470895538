// Activations made ready for a product, written once: the compiler makes vectors of the loops.
#ifndef HUSH_ACTIVATIONS_H
#define HUSH_ACTIVATIONS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// Activations as two planes of bytes: x = high * 256 + low.
typedef struct {
  uint8_t *low;
  int8_t *high;
} planes;

/// Room for two planes in scratch memory; past the last column there is room for a window.
static inline planes planes_in(void *scratch, int32_t columns) {
  ptrdiff_t size = ((ptrdiff_t)columns + 63) / 64 * 64 + 128;
  return (planes){(uint8_t *)scratch, (int8_t *)scratch + size};
}

/// Two planes with other signs, for instructions that want them so: `low` less 128 in every byte or
/// `high` more by 128, for a `flip` of 128 there.
static inline planes s16_planes_flipped(
  const int16_t *restrict x, int32_t columns, void *scratch, uint8_t low_flip, uint8_t high_flip) {
  planes p = planes_in(scratch, columns);
  uint8_t *restrict low = p.low;
  int8_t *restrict high = p.high;
  for (int32_t i = 0; i < columns; i++) {
    low[i] = (uint8_t)x[i] ^ low_flip;
    high[i] = (int8_t)((uint8_t)(x[i] >> 8) ^ high_flip);
  }
  return p;
}

static inline planes s16_planes(const int16_t *restrict x, int32_t columns, void *scratch) {
  return s16_planes_flipped(x, columns, scratch, 0, 0);
}

static inline planes s8_planes(const int8_t *restrict x, int32_t columns, void *scratch) {
  planes p = planes_in(scratch, columns);
  uint8_t *restrict low = p.low;
  int8_t *restrict high = p.high;
  for (int32_t i = 0; i < columns; i++) {
    low[i] = (uint8_t)x[i];
    high[i] = (int8_t)(x[i] >> 7);
  }
  return p;
}

/// Four activations of a plane.
static inline int32_t four_bytes(const void *bytes) {
  int32_t four;
  memcpy(&four, bytes, sizeof four);
  return four;
}

#if defined(__aarch64__)
/// Four bytes for every row.
static inline int8x16_t spread(const void *bytes) {
  return vreinterpretq_s8_s32(vdupq_n_s32(four_bytes(bytes)));
}
#endif

/// A copy that may be read past its end, where weights of 0 wait.
static inline const int16_t *s16_copy(const int16_t *x, int32_t columns, void *scratch) {
  memcpy(scratch, x, (size_t)columns * sizeof(int16_t));
  return scratch;
}

/// The same of bytes, for who reads four at a time.
static inline const int8_t *u7_copy(const int8_t *x, int32_t columns, void *scratch) {
  return columns % 4 != 0 ? memcpy(scratch, x, (size_t)columns) : x;
}

static inline const int16_t *s8_widened(const int8_t *restrict x, int32_t columns, void *scratch) {
  int16_t *restrict wide = scratch;
  for (int32_t i = 0; i < columns; i++) wide[i] = x[i];
  return wide;
}

#endif
