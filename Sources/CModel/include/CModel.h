#ifndef HUSH_CMODEL_H
#define HUSH_CMODEL_H
#include <stddef.h>

/// The bytes of default.safetensors, placed in read-only data at compile time.
extern const unsigned char hush_default_model[];
extern const size_t hush_default_model_size;

#endif
