#include "CModel.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// A model is taken in by its file beside this one, its bytes here, a line in the table below, and
// its name in the `exclude` of CModel in Package.swift.

static const unsigned char nano[] = {
#embed "nano.safetensors"
};
static const unsigned char small[] = {
#embed "small.safetensors"
};
static const unsigned char base[] = {
#embed "base.safetensors"
};
static const unsigned char large[] = {
#embed "large.safetensors"
};
static const unsigned char small_low[] = {
#embed "small-low.safetensors"
};

// The cheaper before the dearer; those of a low delay, named after the others, behind them.
static const hush_embedded_model models[] = {
    {"nano", nano, sizeof nano},
    {"small", small, sizeof small},
    {"base", base, sizeof base},
    {"large", large, sizeof large},
    {"small-low", small_low, sizeof small_low},
};

const hush_embedded_model *const hush_embedded_models = models;
const size_t hush_embedded_model_count = sizeof models / sizeof *models;
