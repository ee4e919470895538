// Stands between the program and glibc's allocator, to count. A definition in the program itself
// takes the place of the library's for every caller in the process.
#include "AllocationCounter.h"
#include "Sanitized.h"

#ifdef HUSH_SANITIZED

int hush_counts(void) { return 0; }

long hush_allocation_count(void) { return 0; }

long hush_heap_bytes(void) { return 0; }

#else

#include <errno.h>
#include <malloc.h>
#include <stddef.h>

#include "Watch.h"

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static _Thread_local long allocations;

int hush_counts(void) { return 1; }

long hush_allocation_count(void) { return allocations; }

long hush_heap_bytes(void) {
  struct mallinfo2 all = mallinfo2();
  return (long)(all.uordblks + all.hblkhd);
}

void *malloc(size_t size) {
  allocations += 1;
  hush_watch_note(0);
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  allocations += 1;
  hush_watch_note(0);
  return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
  allocations += 1;
  hush_watch_note(0);
  return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  allocations += 1;
  hush_watch_note(0);
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  allocations += 1;
  hush_watch_note(0);
  void *result = __libc_memalign(alignment, size);
  if (result == NULL) {
    return ENOMEM;
  }
  *memory = result;
  return 0;
}

#endif
