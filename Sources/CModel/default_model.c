#include "CModel.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char bytes[] = {
#embed "default.safetensors"
};
const unsigned char *const hush_default_model = bytes;
const size_t hush_default_model_size = sizeof bytes;
