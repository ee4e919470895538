#ifndef HUSH_CMODEL_H
#define HUSH_CMODEL_H
#include <stddef.h>

/// The bytes of default.safetensors, placed in read-only data at compile time. A pointer, as
/// Swift cannot see an array without a length.
extern const unsigned char *const hush_default_model;
extern const size_t hush_default_model_size;

#endif
