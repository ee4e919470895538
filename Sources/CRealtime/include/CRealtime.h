#ifndef HUSH_CREALTIME_H
#define HUSH_CREALTIME_H
#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>

// What glibc offers only to programs that define _GNU_SOURCE, which Swift's own view of it does
// not. Functions that can fail return 0 or an errno value.

/// Waits for a semaphore until CLOCK_MONOTONIC reaches `nanoseconds`; ETIMEDOUT after that.
int hush_sem_wait_until(sem_t *semaphore, uint64_t nanoseconds);

/// The kernel's number of the calling thread.
int hush_thread_id(void);

/// Names the calling thread; what is past 15 bytes is cut off.
void hush_thread_name(const char *name);

/// Allows the calling thread these CPUs only. EINVAL: the machine has none of them.
int hush_allow_cpus(const int *cpus, size_t count);

/// The CPUs that the calling thread may run on, ascending, as many as fit.
///
/// Returns how many there are, 0 if the kernel does not say.
size_t hush_allowed_cpus(int *cpus, size_t capacity);

/// The greatest real-time priority that this process may ask for without CAP_SYS_NICE, and the
/// bytes it may lock without CAP_IPC_LOCK; UINT64_MAX: no limit.
uint64_t hush_priority_limit(void);
uint64_t hush_locking_limit(void);

/// Keeps what the allocator has: freed memory stays mapped, large blocks come from the same heap
/// as small ones, and all threads share that one heap.
void hush_keep_heap(void);

#endif
