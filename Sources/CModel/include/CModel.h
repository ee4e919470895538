#ifndef HUSH_CMODEL_H
#define HUSH_CMODEL_H
#include <stddef.h>

/// A model file, placed in read-only data at compile time.
typedef struct {
  /// As a person types it: "small", or "small-low" where its delay is low.
  const char *name;
  const unsigned char *bytes;
  size_t size;
} hush_embedded_model;

/// The family: `hush_embedded_model_count` models, the cheaper before the dearer. A pointer, as Swift
/// cannot see an array without a length.
extern const hush_embedded_model *const hush_embedded_models;
extern const size_t hush_embedded_model_count;

#endif
