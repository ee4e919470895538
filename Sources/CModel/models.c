#include "CModel.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// A model is taken in by its file beside this one, its bytes here, a line in the table below, and
// its name in the `exclude` of CModel in Package.swift. The times are those of its card.

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
static const unsigned char base_low[] = {
#embed "base-low.safetensors"
};

// The cheaper before the dearer; those of a low delay, named after the others, behind them.
static const hush_embedded_model models[] = {
    {"nano", nano, sizeof nano, {4.8, 6.3, 11.6}},
    {"small", small, sizeof small, {4.8, 5.6, 12.2}},
    {"base", base, sizeof base, {6.2, 7.1, 15.0}},
    {"large", large, sizeof large, {8.6, 9.6, 20.7}},
    {"base-low", base_low, sizeof base_low, {6.2, 7.0, 15.0}},
};

const hush_embedded_model *const hush_embedded_models = models;
const size_t hush_embedded_model_count = sizeof models / sizeof *models;
