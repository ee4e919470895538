#include "CModel.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

const unsigned char hush_default_model[] = {
#embed "default.safetensors"
};
const size_t hush_default_model_size = sizeof hush_default_model;
