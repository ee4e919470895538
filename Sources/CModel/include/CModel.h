#ifndef HUSH_CMODEL_H
#define HUSH_CMODEL_H
#include <stddef.h>

#define HUSH_HOP_TIMES 3

/// A model file, placed in read-only data at compile time.
typedef struct {
  /// As a person types it: "base", or "base-low" where its delay is low.
  const char *name;
  const unsigned char *bytes;
  size_t size;
  /// What a hop takes, in microseconds on one core of one machine, measured side by side: with
  /// AVX-512, AVX2, SSSE3 (docs/models). Only their ratios mean something elsewhere.
  double hop[HUSH_HOP_TIMES];
} hush_embedded_model;

/// The family: `hush_embedded_model_count` models, the cheaper before the dearer. A pointer, as Swift
/// cannot see an array without a length.
extern const hush_embedded_model *const hush_embedded_models;
extern const size_t hush_embedded_model_count;

#endif
