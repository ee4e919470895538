// The layers of tied.py and of what untie.py makes of it, forward and backward, for CPUs; groups.py calls them.
//
// XLA writes every intermediate to memory and reads it again, and copies each group's neighbours beside it: two
// thirds of a training step. Here a tile of rows goes through a whole block while it is in the cache.
//
// A row is one frame of one clip, clips innermost, so the state before row r is that of row r - clips. A lane is 16
// floats and one vector: a group's channels, or its 8 states (real parts, then imaginary ones); the common channels
// are one lane, the common states two (real, imaginary). Weights are [.., 16 inputs, 16 outputs] and each group's
// own; that groups share them is the caller's business.
//
// Compilers lower the 64-byte vectors to what the machine has.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "xla/ffi/api/ffi.h"

namespace {

namespace ffi = xla::ffi;
using In = ffi::Buffer<ffi::F32>;
using Out = ffi::Result<ffi::Buffer<ffi::F32>>;
using V = float __attribute__((vector_size(64)));
using Unaligned = float __attribute__((vector_size(64), aligned(4)));

constexpr int tile = 8;  // rows: as many sums as hide a multiplication's latency, with registers to spare
constexpr int lane = 16;
constexpr int square = lane * lane;
constexpr int near = 3;  // a group and its neighbours

V load(const float* p) { return *reinterpret_cast<const Unaligned*>(p); }
void store(float* p, V v) { *reinterpret_cast<Unaligned*>(p) = v; }
void add(float* p, V v) { store(p, load(p) + v); }
V relu(V x) { return x > 0 ? x : V{}; }

/// i times a group's states: [re, im] -> [-im, re].
V turned(V x) {
  const V sign = {-1, -1, -1, -1, -1, -1, -1, -1, 1, 1, 1, 1, 1, 1, 1, 1};
  return sign * __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

struct Buffer {
  float* p;
  explicit Buffer(size_t count) : p(static_cast<float*>(std::aligned_alloc(64, (4 * count + 63) / 64 * 64))) {
    std::memset(p, 0, 4 * count);
  }
  Buffer(const Buffer&) = delete;
  ~Buffer() { std::free(p); }
  operator float*() const { return p; }
};

/// One lane of a tile's rows.
struct Tile {
  V row[tile];

  void fill(V v) {
    for (int r = 0; r < tile; r++) row[r] = v;
  }
  void read(const float* p, long stride) {
    for (int r = 0; r < tile; r++) row[r] = load(p + r * stride);
  }
  void write(float* p, long stride) const {
    for (int r = 0; r < tile; r++) store(p + r * stride, row[r]);
  }
  V sum() const {
    V s = row[0];
    for (int r = 1; r < tile; r++) s += row[r];
    return s;
  }
  /// row[r] += source[r] times w.
  void multiply(const float* source, long stride, const float* w) {
    for (int j = 0; j < lane; j++) {
      const V weights = load(w + lane * j);
      for (int r = 0; r < tile; r++) row[r] += source[r * stride + j] * weights;
    }
  }
  /// w += what multiply's weights have to do with `row`: sources times rows, over the tile.
  void correlate(const float* source, long stride, float* w) const {
    for (int j = 0; j < lane; j += 4) {
      V a[4];
      for (int k = 0; k < 4; k++) a[k] = load(w + lane * (j + k));
      for (int r = 0; r < tile; r++) {
        for (int k = 0; k < 4; k++) a[k] += source[r * stride + j + k] * row[r];
      }
      for (int k = 0; k < 4; k++) store(w + lane * (j + k), a[k]);
    }
  }
};

/// Each of `count` squares with its inputs and outputs exchanged.
void transpose(float* to, const float* from, long count) {
  for (long b = 0; b < count; b++) {
    for (int i = 0; i < lane; i++) {
      for (int j = 0; j < lane; j++) to[b * square + j * lane + i] = from[b * square + i * lane + j];
    }
  }
}

/// `rows` rows of `width` numbers, a tile at a time: where fewer are left, in a copy with zeros behind.
struct Rows {
  const float* p;
  long rows, width;
  Buffer spare;

  Rows(const In& in, long rows, long width) : p(in.typed_data()), rows(rows), width(width), spare(tile * width) {}

  const float* at(long first) {
    const long left = rows - first;
    if (left >= tile) return p + first * width;
    std::memset(spare, 0, 4 * tile * width);
    std::memcpy(spare, p + first * width, 4 * left * width);
    return spare;
  }
};

/// The same to write to; `done` moves what there is room for.
struct Results {
  float* p;
  long rows, width;
  Buffer spare;

  Results(Out& out, long rows, long width) : p(out->typed_data()), rows(rows), width(width), spare(tile * width) {}

  float* at(long first) { return rows - first >= tile ? p + first * width : spare.p; }
  void done(long first) {
    if (rows - first < tile) std::memcpy(p + first * width, spare, 4 * (rows - first) * width);
  }
};

float* cleared(Out& out) {
  std::memset(out->typed_data(), 0, 4 * out->element_count());
  return out->typed_data();
}

/// Batch norm as one multiplication and one addition a channel.
struct Norm {
  Buffer inverse, scale, shift;

  Norm(long width, const float* gamma, const float* beta, const float* mean, const float* var)
      : inverse(width), scale(width), shift(width) {
    for (long c = 0; c < width; c++) {
      inverse[c] = 1 / std::sqrt(var[c] + 1e-5f);
      scale[c] = gamma[c] * inverse[c];
      shift[c] = beta[c] - mean[c] * scale[c];
    }
  }
};

/// Mean and variance of every channel over all rows.
void moments(const float* h, long rows, long width, float* mean, float* var) {
  Buffer sum(width), squares(width);
  Buffer all(width), all_squares(width);
  for (long first = 0; first < rows; first += 64) {  // sums of sums: single precision holds these
    std::memset(sum, 0, 4 * width);
    std::memset(squares, 0, 4 * width);
    for (long r = first; r < std::min(rows, first + 64); r++) {
      for (long c = 0; c < width; c += lane) {
        const V x = load(h + r * width + c);
        add(sum + c, x);
        add(squares + c, x * x);
      }
    }
    for (long c = 0; c < width; c += lane) {
      add(all + c, load(sum + c));
      add(all_squares + c, load(squares + c));
    }
  }
  for (long c = 0; c < width; c++) {
    mean[c] = all[c] / rows;
    var[c] = std::max(all_squares[c] / rows - mean[c] * mean[c], 0.0f);
  }
}

/// The shape of a block of `groups` groups.
struct Shape {
  long groups, channels, states;

  explicit Shape(long width) : groups(width / lane - 1), channels(width), states((groups + 2) * lane) {}
  long common() const { return groups * lane; }
  bool has(long group) const { return group >= 0 && group < groups; }
};

/// `w` [inputs, 32], which 32 outputs read, as two matrices of 16 outputs each.
void halves(float* to, const float* w, long inputs) {
  for (long j = 0; j < inputs; j++) {
    for (int k = 0; k < 2; k++) std::memcpy(to + (k * inputs + j) * lane, w + j * 2 * lane + k * lane, 4 * lane);
  }
}

// h [rows, channels]; mean .. beta, C_bias, D, G_bias [channels]; re, im [states], each state's twice;
// B [groups, 4, 16, 16]: of the lower neighbour, the group, the upper one, the common channels;
// B_all [channels, 32]; C [groups, 16, 16]; C_all [2, 16, 16]; G [groups, 3, 16, 16]; G_all [16, 16].
// Results: the block's, then states, outputs and gates for the way back, and the mean and variance taken.
ffi::Error forward(int64_t frozen, int64_t clips, In h, In mean_before, In var_before, In gamma, In beta, In re, In im,
                   In B, In B_all, In C, In C_all, In C_bias, In D, In G, In G_all, In G_bias, Out result, Out states,
                   Out outputs, Out gates, Out mean, Out var) {
  const Shape z(h.dimensions().back());
  const long width = z.channels, rows = h.element_count() / width, common = z.common();
  if (frozen) {
    std::memcpy(mean->typed_data(), mean_before.typed_data(), 4 * width);
    std::memcpy(var->typed_data(), var_before.typed_data(), 4 * width);
  } else {
    moments(h.typed_data(), rows, width, mean->typed_data(), var->typed_data());
  }
  const Norm norm(width, gamma.typed_data(), beta.typed_data(), mean->typed_data(), var->typed_data());
  const Buffer all(2 * width * lane);
  halves(all, B_all.typed_data(), width);
  const float *w_b = B.typed_data(), *w_c = C.typed_data(), *w_g = G.typed_data();
  const float *real = re.typed_data(), *imaginary = im.typed_data();

  Rows from(h, rows, width);
  Results to(result, rows, width), kept(outputs, rows, width), opened(gates, rows, width);
  const Buffer u(tile * width), history((tile + clips) * z.states);
  float* x = history + clips * z.states;  // behind the states of the last frame of every clip
  for (long first = 0; first < rows; first += tile) {
    const float* before = from.at(first);
    float *after = to.at(first), *y = kept.at(first), *gate = opened.at(first);
    for (int r = 0; r < tile; r++) {
      for (long c = 0; c < width; c += lane) {
        store(u + r * width + c, relu(load(before + r * width + c) * load(norm.scale + c) + load(norm.shift + c)));
      }
    }
    Tile t;
    for (long g = 0; g < z.groups; g++) {
      const float* w = w_b + g * (near + 1) * square;
      t.fill(V{});
      for (int k = 0; k < near; k++) {
        if (z.has(g + k - 1)) t.multiply(u + (g + k - 1) * lane, width, w + k * square);
      }
      t.multiply(u + common, width, w + near * square);
      t.write(x + g * lane, z.states);
    }
    for (int k = 0; k < 2; k++) {
      t.fill(V{});
      for (long c = 0; c < width; c += lane) t.multiply(u + c, width, all + (k * width + c) * lane);
      t.write(x + common + k * lane, z.states);
    }
    for (int r = 0; r < tile; r++) {
      float* now = x + r * z.states;
      const float* last = now - clips * z.states;
      for (long c = 0; c < common; c += lane) {
        const V s = load(last + c);
        add(now + c, s * load(real + c) + turned(s) * load(imaginary + c));
      }
      const V a = load(last + common), b = load(last + common + lane);
      const V p = load(real + common), q = load(imaginary + common);
      add(now + common, a * p - b * q);
      add(now + common + lane, b * p + a * q);
    }
    for (long c = 0; c < width; c += lane) {
      const V bias = load(C_bias.typed_data() + c), skip = load(D.typed_data() + c);
      for (int r = 0; r < tile; r++) t.row[r] = bias + skip * load(u + r * width + c);
      if (c < common) {
        t.multiply(x + c, z.states, w_c + c * lane);
      } else {
        for (int k = 0; k < 2; k++) t.multiply(x + c + k * lane, z.states, C_all.typed_data() + k * square);
      }
      for (int r = 0; r < tile; r++) t.row[r] = relu(t.row[r]);
      t.write(y + c, width);
    }
    for (long c = 0; c < width; c += lane) {
      t.fill(load(G_bias.typed_data() + c));
      if (c < common) {
        for (int k = 0; k < near; k++) {
          const long other = c / lane + k - 1;
          if (z.has(other)) t.multiply(y + other * lane, width, w_g + (c / lane * near + k) * square);
        }
      } else {
        t.multiply(y + c, width, G_all.typed_data());
      }
      for (int r = 0; r < tile; r++) {
        V open = t.row[r] * 0.25f + 0.5f;
        open = open > 0 ? open : V{};
        open = open < 1 ? open : V{} + 1;
        store(gate + r * width + c, open);
        store(after + r * width + c, load(before + r * width + c) + open * load(y + r * width + c));
      }
    }
    to.done(first), kept.done(first), opened.done(first);
    std::memcpy(states->typed_data() + first * z.states, x, 4 * std::min<long>(tile, rows - first) * z.states);
    std::memmove(history, history + tile * z.states, 4 * clips * z.states);
  }
  return ffi::Error::Success();
}

// The gradients of all that forward reads but mean and variance before: in its order.
ffi::Error backward(int64_t frozen, int64_t clips, In h, In mean, In var, In gamma, In beta, In re, In im, In B,
                    In B_all, In C, In C_all, In /*C_bias*/, In D, In G, In G_all, In /*G_bias*/, In states,
                    In outputs, In gates, In d_result, Out d_h, Out d_gamma, Out d_beta, Out d_re, Out d_im, Out d_B,
                    Out d_B_all, Out d_C, Out d_C_all, Out d_C_bias, Out d_D, Out d_G, Out d_G_all, Out d_G_bias) {
  const Shape z(h.dimensions().back());
  const long width = z.channels, rows = h.element_count() / width, common = z.common();
  const long lanes = width / lane, padded = (rows + tile - 1) / tile * tile;
  const Norm norm(width, gamma.typed_data(), beta.typed_data(), mean.typed_data(), var.typed_data());
  const Buffer all(2 * width * lane), d_all(2 * width * lane);
  halves(all, B_all.typed_data(), width);
  const Buffer from_b(z.groups * (near + 1) * square), from_all(2 * width * lane), from_c(z.groups * square);
  const Buffer from_c_all(2 * square), from_g(z.groups * near * square), from_g_all(square);
  transpose(from_b, B.typed_data(), z.groups * (near + 1));
  transpose(from_all, all, 2 * lanes);
  transpose(from_c, C.typed_data(), z.groups);
  transpose(from_c_all, C_all.typed_data(), 2);
  transpose(from_g, G.typed_data(), z.groups * near);
  transpose(from_g_all, G_all.typed_data(), 1);
  float *b = cleared(d_B), *c_own = cleared(d_C), *c_all = cleared(d_C_all), *g_own = cleared(d_G), *g_all = cleared(d_G_all);
  float *c_bias = cleared(d_C_bias), *skips = cleared(d_D), *g_bias = cleared(d_G_bias);
  float *real = cleared(d_re), *imaginary = cleared(d_im), *scales = cleared(d_gamma), *shifts = cleared(d_beta);
  const float *lambda = re.typed_data(), *mu = im.typed_data(), *x_all = states.typed_data();

  Rows hs(h, rows, width), xs(states, rows, z.states), ys(outputs, rows, width), opened(gates, rows, width);
  Rows ds(d_result, rows, width);
  const Buffer u(tile * width), d_gate(tile * width), d_y(tile * width), d_norm(padded * width);
  const Buffer adjoint((tile + clips) * z.states);  // before those of the first frame after it, of every clip
  for (long first = padded - tile; first >= 0; first -= tile) {
    const float *before = hs.at(first), *x = xs.at(first), *y = ys.at(first), *gate = opened.at(first), *d = ds.at(first);
    for (int r = 0; r < tile; r++) {
      for (long c = r * width; c < (r + 1) * width; c += lane) {
        const long channel = c - r * width;
        store(u + c, relu(load(before + c) * load(norm.scale + channel) + load(norm.shift + channel)));
        const V open = load(gate + c);
        V slope = load(d + c) * load(y + c) * 0.25f;
        slope = open > 0 ? slope : V{};
        store(d_gate + c, open < 1 ? slope : V{});
      }
    }
    Tile t;
    for (long c = 0; c < width; c += lane) {
      t.read(d_gate + c, width);
      add(g_bias + c, t.sum());
      if (c == common) {
        t.correlate(y + c, width, g_all);
        continue;
      }
      for (int k = 0; k < near; k++) {
        const long other = c / lane + k - 1;
        if (z.has(other)) t.correlate(y + other * lane, width, g_own + (c / lane * near + k) * square);
      }
    }
    for (long c = 0; c < width; c += lane) {
      for (int r = 0; r < tile; r++) t.row[r] = load(d + r * width + c) * load(gate + r * width + c);
      if (c == common) {
        t.multiply(d_gate + c, width, from_g_all);
      } else {
        for (int k = 0; k < near; k++) {
          const long reader = c / lane - k + 1;
          if (z.has(reader)) t.multiply(d_gate + reader * lane, width, from_g + (reader * near + k) * square);
        }
      }
      V skip = {};
      for (int r = 0; r < tile; r++) {
        t.row[r] = load(y + r * width + c) > 0 ? t.row[r] : V{};
        skip += t.row[r] * load(u + r * width + c);
      }
      add(c_bias + c, t.sum());
      add(skips + c, skip);
      t.write(d_y + c, width);
      if (c == common) {
        for (int k = 0; k < 2; k++) t.correlate(x + c + k * lane, z.states, c_all + k * square);
      } else {
        t.correlate(x + c, z.states, c_own + c * lane);
      }
    }
    for (long s = 0; s < z.states; s += lane) {
      t.fill(V{});
      if (s < common) {
        t.multiply(d_y + s, width, from_c + s * lane);
      } else {
        t.multiply(d_y + common, width, from_c_all + (s - common) * lane);
      }
      t.write(adjoint + s, z.states);
    }
    // The same recurrence backwards in time, with conjugated eigenvalues.
    for (int r = tile - 1; r >= 0; r--) {
      float* now = adjoint + r * z.states;
      const float* next = now + clips * z.states;
      const long at = first + r - clips;
      const float* last = at >= 0 && first + r < rows ? x_all + at * z.states : nullptr;
      for (long s = 0; s < common; s += lane) {
        const V a = load(next + s), v = load(now + s) + a * load(lambda + s) - turned(a) * load(mu + s);
        store(now + s, v);
        if (last == nullptr) continue;
        const V state = load(last + s);
        add(real + s, v * state);
        add(imaginary + s, v * turned(state));
      }
      const V a = load(next + common), i = load(next + common + lane), p = load(lambda + common), q = load(mu + common);
      const V v = load(now + common) + a * p + i * q, w = load(now + common + lane) + i * p - a * q;
      store(now + common, v);
      store(now + common + lane, w);
      if (last == nullptr) continue;
      const V s = load(last + common), t2 = load(last + common + lane);
      add(real + common, v * s);
      add(real + common + lane, w * t2);
      add(imaginary + common, -(v * t2));
      add(imaginary + common + lane, w * s);
    }
    for (long g = 0; g < z.groups; g++) {
      t.read(adjoint + g * lane, z.states);
      float* w = b + g * (near + 1) * square;
      for (int k = 0; k < near; k++) {
        if (z.has(g + k - 1)) t.correlate(u + (g + k - 1) * lane, width, w + k * square);
      }
      t.correlate(u + common, width, w + near * square);
    }
    for (int k = 0; k < 2; k++) {
      t.read(adjoint + common + k * lane, z.states);
      for (long c = 0; c < width; c += lane) t.correlate(u + c, width, d_all + (k * width + c) * lane);
    }
    for (long c = 0; c < width; c += lane) {
      const V skip = load(D.typed_data() + c), center = load(mean.typed_data() + c), inverse = load(norm.inverse + c);
      for (int r = 0; r < tile; r++) t.row[r] = skip * load(d_y + r * width + c);
      for (int k = 0; k < near && c < common; k++) {
        const long reader = c / lane - k + 1;
        if (z.has(reader)) t.multiply(adjoint + reader * lane, z.states, from_b + (reader * (near + 1) + k) * square);
      }
      for (long g = 0; g < z.groups && c == common; g++) {
        t.multiply(adjoint + g * lane, z.states, from_b + (g * (near + 1) + near) * square);
      }
      for (int k = 0; k < 2; k++) t.multiply(adjoint + common + k * lane, z.states, from_all + (k * width + c) * lane);
      V scale = {};
      for (int r = 0; r < tile; r++) {
        t.row[r] = load(u + r * width + c) > 0 ? t.row[r] : V{};
        scale += t.row[r] * (load(before + r * width + c) - center) * inverse;
      }
      add(shifts + c, t.sum());
      add(scales + c, scale);
      t.write(d_norm + first * width + c, width);
    }
    std::memmove(adjoint + tile * z.states, adjoint, 4 * clips * z.states);
  }
  for (long j = 0; j < width; j++) {
    for (int k = 0; k < 2; k++) std::memcpy(d_B_all->typed_data() + (2 * j + k) * lane, d_all + (k * width + j) * lane, 4 * lane);
  }
  for (long r = 0; r < rows; r++) {
    for (long c = 0; c < width; c += lane) {
      const long at = r * width + c;
      V v = load(d_norm + at);
      if (!frozen) {  // through the mean and the variance as well
        const V normal = (load(h.typed_data() + at) - load(mean.typed_data() + c)) * load(norm.inverse + c);
        v -= (load(shifts + c) + normal * load(scales + c)) * (1.0f / rows);
      }
      store(d_h->typed_data() + at, load(d_result.typed_data() + at) + v * load(norm.scale + c));
    }
  }
  return ffi::Error::Success();
}

// x [rows, (groups + common) * 16], w [readers, 3 + common, 16, 16] -> [rows, readers * 16]: each reader hears the
// group of its number and its neighbours, and where `common` is 1 the lane behind the groups.
ffi::Error hear(int64_t common, In x, In w, Out result) {
  const long squares = near + common, width = x.dimensions().back(), rows = x.element_count() / width;
  const long readers = w.dimensions()[0], groups = width / lane - common;
  Rows from(x, rows, width);
  Results to(result, rows, readers * lane);
  for (long first = 0; first < rows; first += tile) {
    const float* u = from.at(first);
    float* y = to.at(first);
    Tile t;
    for (long g = 0; g < readers; g++) {
      const float* own = w.typed_data() + g * squares * square;
      t.fill(V{});
      for (int k = 0; k < near; k++) {
        const long other = g + k - 1;
        if (other >= 0 && other < groups) t.multiply(u + other * lane, width, own + k * square);
      }
      if (common) t.multiply(u + groups * lane, width, own + near * square);
      t.write(y + g * lane, readers * lane);
    }
    to.done(first);
  }
  return ffi::Error::Success();
}

// Gradients of hear's w, and of its x where that result has x's size.
ffi::Error hear_backward(int64_t common, In x, In w, In d_result, Out d_x, Out d_w) {
  const long squares = near + common, width = x.dimensions().back(), rows = x.element_count() / width;
  const long readers = w.dimensions()[0], groups = width / lane - common, out = readers * lane;
  const bool wanted = d_x->element_count() == x.element_count();
  const Buffer back(readers * squares * square);
  transpose(back, w.typed_data(), readers * squares);
  float* d_weights = cleared(d_w);
  Rows from(x, rows, width), ds(d_result, rows, out);
  Results to(d_x, wanted ? rows : 0, width);
  for (long first = 0; first < rows; first += tile) {
    const float *u = from.at(first), *d = ds.at(first);
    Tile t;
    for (long g = 0; g < readers; g++) {
      float* own = d_weights + g * squares * square;
      t.read(d + g * lane, out);
      for (int k = 0; k < near; k++) {
        const long other = g + k - 1;
        if (other >= 0 && other < groups) t.correlate(u + other * lane, width, own + k * square);
      }
      if (common) t.correlate(u + groups * lane, width, own + near * square);
    }
    if (!wanted) continue;
    float* y = to.at(first);
    for (long c = 0; c < groups + common; c++) {
      t.fill(V{});
      for (long g = c < groups ? std::max(c - 1, 0L) : 0; g < (c < groups ? std::min(c + 2, readers) : readers); g++) {
        t.multiply(d + g * lane, out, back + (g * squares + (c < groups ? c - g + 1 : near)) * square);
      }
      t.write(y + c * lane, width);
    }
    to.done(first);
  }
  return ffi::Error::Success();
}

}  // namespace

#define HUSH_ARG .Arg<ffi::Buffer<ffi::F32>>()
#define HUSH_RET .Ret<ffi::Buffer<ffi::F32>>()
#define HUSH_ARGS_4 HUSH_ARG HUSH_ARG HUSH_ARG HUSH_ARG
#define HUSH_RETS_4 HUSH_RET HUSH_RET HUSH_RET HUSH_RET
#define HUSH_BLOCK ffi::Ffi::Bind().Attr<int64_t>("frozen").Attr<int64_t>("clips") HUSH_ARGS_4 HUSH_ARGS_4 HUSH_ARGS_4 HUSH_ARGS_4
#define HUSH_HEAR ffi::Ffi::Bind().Attr<int64_t>("common") HUSH_ARG HUSH_ARG

XLA_FFI_DEFINE_HANDLER_SYMBOL(hush_block_forward, forward, HUSH_BLOCK HUSH_RETS_4 HUSH_RET HUSH_RET);
XLA_FFI_DEFINE_HANDLER_SYMBOL(hush_block_backward, backward,
                              HUSH_BLOCK HUSH_ARGS_4 HUSH_RETS_4 HUSH_RETS_4 HUSH_RETS_4 HUSH_RET HUSH_RET);
XLA_FFI_DEFINE_HANDLER_SYMBOL(hush_hear_forward, hear, HUSH_HEAR HUSH_RET);
XLA_FFI_DEFINE_HANDLER_SYMBOL(hush_hear_backward, hear_backward, HUSH_HEAR HUSH_ARG HUSH_RET HUSH_RET);
