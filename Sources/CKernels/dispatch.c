// Which kernels run: asked of the processor once.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

enum { most = 4 };

static int32_t find_available(const hush_kernels **found) {
  int32_t count = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni"))
    found[count++] = &hush_kernels_avx512vnni;
  if (__builtin_cpu_supports("avx2")) found[count++] = &hush_kernels_avx2;
  if (__builtin_cpu_supports("ssse3")) found[count++] = &hush_kernels_ssse3;
#elif defined(__aarch64__)
#if defined(__linux__)
  const unsigned long dot_products = 1UL << 20;  // HWCAP_ASIMDDP
  if (getauxval(AT_HWCAP) & dot_products) found[count++] = &hush_kernels_dotprod;
#endif
  found[count++] = &hush_kernels_neon;
#endif
  found[count++] = &hush_kernels_scalar;
  return count;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const hush_kernels *available[most];
static int32_t available_count;
static const hush_kernels *chosen;

static void choose(void) {
  available_count = find_available(available);
  chosen = available[0];
  const char *wanted = getenv("HUSH_ISA");
  for (int32_t i = 0; wanted != NULL && i < available_count; i++)
    if (strcmp(available[i]->name, wanted) == 0) chosen = available[i];
}

const hush_kernels *const *hush_kernels_available(int32_t *count) {
  pthread_once(&once, choose);
  *count = available_count;
  return available;
}

const hush_kernels *hush_kernels_chosen(void) {
  pthread_once(&once, choose);
  return chosen;
}
