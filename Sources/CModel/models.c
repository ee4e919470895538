#include "CModel.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// A model is taken in by its file beside this one, its bytes here, a line in the table below, and
// its name in the `exclude` of CModel in Package.swift.

static const unsigned char small[] = {
#embed "small.safetensors"
};

// The cheaper before the dearer; those of a low delay, named after the others, behind them.
static const hush_embedded_model models[] = {
    {"small", small, sizeof small},
};

const hush_embedded_model *const hush_embedded_models = models;
const size_t hush_embedded_model_count = sizeof models / sizeof *models;
