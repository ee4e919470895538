// The checks as a program, for emulated processors: `make test-isa`.
//
//     check <rounds> <name of the fastest kernels that must be there>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "KernelCheck.h"

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int32_t count;
  const hush_kernels *const *available = hush_kernels_available(&count);
  if (strcmp(available[0]->name, argv[2]) != 0) {
    fprintf(stderr, "fastest kernels: %s, expected %s\n", available[0]->name, argv[2]);
    return 1;
  }
  for (int32_t i = 0; i < count; i++) {
    for (uint64_t seed = 0; seed < strtoull(argv[1], NULL, 10); seed++) {
      const char *wrong = hush_check_matrices(available[i], seed);
      if (wrong == NULL) wrong = hush_check_steps(available[i], seed);
      if (wrong == NULL) continue;
      fprintf(stderr, "%s\n", wrong);
      return 1;
    }
    printf("%-12s the same bits\n", available[i]->name);
  }
  return 0;
}
