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
    {"nano", nano, sizeof nano, {6.7, 8.8, 14.0}},
    {"small", small, sizeof small, {7.1, 8.0, 15.5}},
    {"base", base, sizeof base, {9.1, 10.1, 19.2}},
    {"large", large, sizeof large, {12.2, 13.4, 26.4}},
    {"base-low", base_low, sizeof base_low, {9.1, 9.9, 19.2}},
};

const hush_embedded_model *const hush_embedded_models = models;
const size_t hush_embedded_model_count = sizeof models / sizeof *models;
