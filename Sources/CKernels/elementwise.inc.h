// The steps between the matrices, written once: each file elementwise_<isa>.c compiles this text
// for its instruction set, and the compiler makes vectors of the loops. `NAME(x)` gives a function
// its full name. Where the wrapping of unsigned numbers stands for that of signed ones, overflow
// is excluded by the checks at loading for every number that is not a filler.

static inline int32_t clamp32(int32_t value, int32_t low, int32_t high) {
  value = value < low ? low : value;
  return value > high ? high : value;
}

static inline int32_t wrapping_add(int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a + (uint32_t)b);
}

#ifndef HUSH_OWN_PERMUTE
void NAME(s16_permute)(
  const int16_t *restrict in, int32_t size, const uint16_t *restrict index, int16_t *restrict out,
  int32_t count) {
  (void)size;
  for (int32_t i = 0; i < count; i++) out[i] = in[index[i]];
}
#endif

void NAME(s16_narrow)(
  const int16_t *restrict in, int32_t shift, int8_t *restrict out, int32_t count) {
  const uint16_t half = (uint16_t)((1 << shift) >> 1);
  for (int32_t i = 0; i < count; i++) {
    uint16_t value = (uint16_t)((uint16_t)((uint16_t)in[i] + half) >> shift);
    out[i] = (int8_t)(value < 127 ? value : 127);
  }
}

void NAME(s32_raise)(int32_t *restrict sums, int32_t shift, int32_t count) {
  for (int32_t i = 0; i < count; i++) sums[i] = (int32_t)((uint32_t)sums[i] << shift);
}

void NAME(s16_requantize)(
  const int32_t *restrict sums, const int32_t *restrict offset, const int32_t *restrict shift,
  int16_t *restrict out, int32_t count) {
  for (int32_t i = 0; i < count; i++)
    out[i] =
      (int16_t)clamp32(wrapping_add(sums[i], offset[i]) >> (shift[i] & 31), -32768, 32767);
}

/// rs(a * b, 15), in the words of the instruction that does it (`pmulhrsw`); not both -32768.
static inline int16_t rounded_product(int16_t a, int16_t b) {
  return (int16_t)((((a * b) >> 14) + 1) >> 1);
}

#ifndef HUSH_OWN_NORM
void NAME(s16_norm)(
  const int16_t *restrict h, const int16_t *restrict scale, const int16_t *restrict offset,
  int16_t *restrict out, int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    int16_t value = __builtin_elementwise_add_sat(rounded_product(h[i], scale[i]), offset[i]);
    out[i] = value > 0 ? value : 0;
  }
}
#endif

void NAME(s32_drive)(
  int32_t *restrict sums, const int32_t *restrict offset, const int32_t *restrict right,
  const int32_t *restrict left, int32_t count) {
  const int32_t largest = (1 << 28) - 1;
  for (int32_t i = 0; i < count; i++) {
    int32_t limit = largest >> (left[i] & 31);
    int32_t value = wrapping_add(sums[i], offset[i]) >> (right[i] & 31);
    sums[i] = (int32_t)((uint32_t)clamp32(value, -limit, limit) << (left[i] & 31));
  }
}

/// rs(x * l, 15) in 32 bits: x = high * 2^15 + low, and only the low part's product is rounded.
static inline int32_t turned(int32_t x, int16_t l) {
  int16_t low = (int16_t)(x & 32767), high = (int16_t)(x >> 15);
  return high * l + rounded_product(low, l);
}

void NAME(s32_scan)(
  int32_t *restrict states, const int16_t *restrict lambda, const int32_t *restrict drive,
  int16_t *restrict narrow, int32_t count) {
  enum { half = hush_states_together };
  const int32_t largest = (1 << 28) - 1;
  for (int32_t first = 0; first < count; first += 2 * half)
    for (int32_t i = first; i < first + half; i++) {
      int32_t re = states[i], im = states[i + half];
      int16_t a = lambda[i], b = lambda[i + half];
      int32_t x = clamp32(turned(re, a) - turned(im, b) + drive[i], -largest, largest);
      int32_t y = clamp32(turned(re, b) + turned(im, a) + drive[i + half], -largest, largest);
      states[i] = x;
      states[i + half] = y;
      narrow[i] = (int16_t)clamp32((x + (1 << 12)) >> 13, -32768, 32767);
      narrow[i + half] = (int16_t)clamp32((y + (1 << 12)) >> 13, -32768, 32767);
    }
}

void NAME(s16_output)(
  const int32_t *restrict sums, const int32_t *restrict offset, const int32_t *restrict shift,
  const int16_t *restrict u, const int16_t *restrict skip, int32_t skip_shift,
  int16_t *restrict out, int32_t count) {
  const int32_t half = skip_shift > 0 ? 1 << (skip_shift - 1) : 0;
  for (int32_t i = 0; i < count; i++) {
    int32_t past = wrapping_add(u[i] * skip[i], half) >> skip_shift;
    int32_t sum = wrapping_add(sums[i], offset[i]) >> (shift[i] & 31);
    out[i] = (int16_t)clamp32(wrapping_add(sum, past), 0, 32767);
  }
}

void NAME(s16_activate)(
  const int32_t *restrict sums, const int32_t *restrict offset, const int32_t *restrict shift,
  int32_t middle, int32_t limit, int16_t *restrict out, int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    int32_t sum = wrapping_add(sums[i], offset[i]) >> (shift[i] & 31);
    out[i] = (int16_t)clamp32(wrapping_add(sum, middle), 0, limit);
  }
}

void NAME(s16_residual)(
  int16_t *restrict h, const int16_t *restrict y, const int16_t *restrict g, int32_t shift,
  int32_t count) {
  const int32_t half = shift > 0 ? 1 << (shift - 1) : 0;
  for (int32_t i = 0; i < count; i++)
    h[i] = (int16_t)clamp32(h[i] + ((y[i] * g[i] + half) >> shift), -32768, 32767);
}
