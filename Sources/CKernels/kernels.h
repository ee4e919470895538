// What the files of this target share: one table of kernels for each instruction set.
#ifndef HUSH_KERNELS_H
#define HUSH_KERNELS_H

#include "CKernels.h"

extern const hush_kernels hush_kernels_scalar;
#if defined(__x86_64__)
extern const hush_kernels hush_kernels_ssse3;
extern const hush_kernels hush_kernels_avx2;
extern const hush_kernels hush_kernels_avx512vnni;
#elif defined(__aarch64__)
extern const hush_kernels hush_kernels_neon;
extern const hush_kernels hush_kernels_dotprod;
#endif

/// Declares the functions of one instruction set and makes a table of them.
#define HUSH_DECLARE_KERNELS(isa)                                                                 \
  void hush_s16_spmv_##isa(const hush_matrix *, const int16_t *, int32_t *, void *);              \
  void hush_s8_spmv_##isa(const hush_matrix *, const int8_t *, int32_t *, void *);                \
  void hush_s16_gemv_##isa(const hush_matrix *, const int16_t *, int32_t *, void *);              \
  void hush_s8_gemv_##isa(const hush_matrix *, const int8_t *, int32_t *, void *);                \
  void hush_s16_bsrmv_##isa(const hush_matrix *, const int16_t *, int32_t *, void *);             \
  void hush_u7_bsrmv_##isa(const hush_matrix *, const int8_t *, int32_t *, void *);               \
  void hush_s16_narrow_##isa(const int16_t *, int32_t, int8_t *, int32_t);                        \
  void hush_s32_raise_##isa(int32_t *, int32_t, int32_t);                                         \
  void hush_s16_permute_##isa(const int16_t *, int32_t, const uint16_t *, int16_t *, int32_t);    \
  void hush_s16_requantize_##isa(                                                                 \
    const int32_t *, const int32_t *, const int32_t *, int16_t *, int32_t);                       \
  void hush_s16_norm_##isa(                                                                       \
    const int16_t *, const int16_t *, const int16_t *, int16_t *, int32_t);                       \
  void hush_s32_drive_##isa(                                                                      \
    int32_t *, const int32_t *, const int32_t *, const int32_t *, int32_t);                       \
  void hush_s32_scan_##isa(                                                                       \
    int32_t *, const int16_t *, const int32_t *, int16_t *, int32_t);                             \
  void hush_s16_output_##isa(                                                                     \
    const int32_t *, const int32_t *, const int32_t *, const int16_t *, const int16_t *, int32_t, \
    int16_t *, int32_t);                                                                          \
  void hush_s16_activate_##isa(                                                                   \
    const int32_t *, const int32_t *, const int32_t *, int32_t, int32_t, int16_t *, int32_t);     \
  void hush_s16_residual_##isa(int16_t *, const int16_t *, const int16_t *, int32_t, int32_t)

#define HUSH_KERNELS(isa, ...)                                                                    \
  const hush_kernels hush_kernels_##isa = {                                                       \
    #isa,                                                                                         \
    __VA_ARGS__,                                                                                  \
    hush_s16_spmv_##isa,                                                                          \
    hush_s8_spmv_##isa,                                                                           \
    hush_s16_gemv_##isa,                                                                          \
    hush_s8_gemv_##isa,                                                                           \
    hush_s16_bsrmv_##isa,                                                                         \
    hush_u7_bsrmv_##isa,                                                                          \
    hush_s16_permute_##isa,                                                                       \
    hush_s16_narrow_##isa,                                                                        \
    hush_s32_raise_##isa,                                                                         \
    hush_s16_requantize_##isa,                                                                    \
    hush_s16_norm_##isa,                                                                          \
    hush_s32_drive_##isa,                                                                         \
    hush_s32_scan_##isa,                                                                          \
    hush_s16_output_##isa,                                                                        \
    hush_s16_activate_##isa,                                                                      \
    hush_s16_residual_##isa,                                                                      \
  }

#endif
