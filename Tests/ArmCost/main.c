// All products of one hop of a network, for an emulator to count their instructions: `make arm-cost`.
//
//     products <file> <name of the kernels>
//
// The file has the matrices of a model, each as three int32 (rows, columns, whether it reads 7 bits)
// and its int8 weights, row by row.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

enum { most = 64 };

static int fail(const char *what) {
  fprintf(stderr, "products: %s\n", what);
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int32_t count;
  const hush_kernels *const *available = hush_kernels_available(&count), *kernels = NULL;
  for (int32_t i = 0; i < count; i++)
    if (strcmp(available[i]->name, argv[2]) == 0) kernels = available[i];
  if (kernels == NULL) return fail("no such kernels on this processor");
  FILE *file = fopen(argv[1], "rb");
  if (file == NULL) return fail("the file of matrices cannot be read");

  hush_matrix *matrices[most];
  int32_t narrow[most], found = 0, shape[3];
  int64_t lanes = 0, columns = 0;
  while (fread(shape, sizeof shape, 1, file) == 1) {
    size_t size = (size_t)shape[0] * (size_t)shape[1];
    int8_t *weights = malloc(size);
    if (found == most || weights == NULL || fread(weights, 1, size, file) != size)
      return fail("the file of matrices is not whole");
    hush_matrix_source source = {shape[0], shape[1], weights, NULL};
    matrices[found] = hush_matrix_pack(&source, kernels, hush_layout_smallest);
    free(weights);
    if (matrices[found] == NULL) return fail("no memory");
    narrow[found] = shape[2];
    if (matrices[found]->lanes > lanes) lanes = matrices[found]->lanes;
    if (shape[1] > columns) columns = shape[1];
    found++;
  }
  fclose(file);
  if (found == 0) return fail("the file of matrices is empty");

  // Past the ends kernels may read and write up to a vector.
  int16_t *wide = aligned_alloc(64, (size_t)(columns + 127) / 64 * 128);
  int8_t *seven = aligned_alloc(64, (size_t)(columns + 127) / 64 * 64);
  int32_t *sums = aligned_alloc(64, (size_t)(lanes + 127) / 64 * 256);
  void *scratch = aligned_alloc(64, (size_t)(hush_scratch_bytes((int32_t)columns) + 63) / 64 * 64);
  if (wide == NULL || seven == NULL || sums == NULL || scratch == NULL) return fail("no memory");
  for (int64_t i = 0; i < columns + 64; i++) {
    wide[i] = (int16_t)(i * 7919 % 4001 - 2000);
    seven[i] = (int8_t)(i * 7919 % 128);
  }

  for (int32_t i = 0; i < found; i++) {
    const hush_matrix *m = matrices[i];
    switch (m->layout) {
      case hush_layout_dense:
        if (narrow[i]) kernels->s8_gemv(m, seven, sums, scratch);
        else kernels->s16_gemv(m, wide, sums, scratch);
        break;
      case hush_layout_blocks:
        if (narrow[i]) kernels->u7_bsrmv(m, seven, sums, scratch);
        else kernels->s16_bsrmv(m, wide, sums, scratch);
        break;
      default:
        if (narrow[i]) kernels->s8_spmv(m, seven, sums, scratch);
        else kernels->s16_spmv(m, wide, sums, scratch);
    }
  }
  return 0;
}
