// Counts what other threads do, told by their names: a test cannot ask a real-time thread how often
// it has allocated without disturbing it.
#include "Watch.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>

#include "AllocationCounter.h"

static char watched_names[128];
static _Atomic int epoch;
static _Atomic long watched_allocations;
static _Atomic long watched_locks;

void hush_watch(const char *names) {
  atomic_store(&epoch, 0);
  strncpy(watched_names, names, sizeof watched_names - 1);
  atomic_store(&watched_allocations, 0);
  atomic_store(&watched_locks, 0);
  static _Atomic int next = 1;
  if (names[0] != 0) {
    atomic_store(&epoch, atomic_fetch_add(&next, 1));
  }
}

long hush_watched_allocations(void) { return watched_allocations; }
long hush_watched_locks(void) { return watched_locks; }

void hush_watch_note(int is_lock) {
  static _Thread_local int known;
  static _Thread_local int is_watched;
  int now = atomic_load_explicit(&epoch, memory_order_acquire);
  if (now == 0) {
    return;
  }
  if (known != now) {
    char name[16] = {0};
    prctl(PR_GET_NAME, name, 0, 0, 0);
    is_watched = name[0] != 0 && strstr(watched_names, name) != NULL;
    known = now;
  }
  if (is_watched) {
    atomic_fetch_add(is_lock ? &watched_locks : &watched_allocations, 1);
  }
}
