#define _GNU_SOURCE
#include "CRealtime.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

int hush_sem_wait_until(sem_t *semaphore, uint64_t nanoseconds) {
  const struct timespec deadline = {
    .tv_sec = (time_t)(nanoseconds / 1000000000u),
    .tv_nsec = (long)(nanoseconds % 1000000000u),
  };
  while (sem_clockwait(semaphore, CLOCK_MONOTONIC, &deadline) != 0) {
    if (errno != EINTR) { return errno; }
  }
  return 0;
}

int hush_thread_id(void) { return (int)gettid(); }

void hush_thread_name(const char *name) {
  char cut[16] = {0};
  strncpy(cut, name, sizeof cut - 1);
  pthread_setname_np(pthread_self(), cut);
}

int hush_allow_cpus(const int *cpus, size_t count) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (size_t i = 0; i < count; i += 1) {
    if (cpus[i] < 0 || cpus[i] >= CPU_SETSIZE) { return EINVAL; }
    CPU_SET(cpus[i], &set);
  }
  return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}

size_t hush_allowed_cpus(int *cpus, size_t capacity) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) { return 0; }
  size_t found = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu += 1) {
    if (!CPU_ISSET(cpu, &set)) { continue; }
    if (found < capacity) { cpus[found] = cpu; }
    found += 1;
  }
  return found;
}

static uint64_t soft_limit(__rlimit_resource_t resource) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) != 0) { return 0; }
  return limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : (uint64_t)limit.rlim_cur;
}

uint64_t hush_priority_limit(void) { return soft_limit(RLIMIT_RTPRIO); }

uint64_t hush_locking_limit(void) { return soft_limit(RLIMIT_MEMLOCK); }

void hush_keep_heap(void) {
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_MMAP_MAX, 0);
  // Every further arena reserves 64 MiB of addresses, which count against the limit on locked
  // memory.
  mallopt(M_ARENA_MAX, 1);
}
