#ifndef HUSH_ALLOCATION_COUNTER_H
#define HUSH_ALLOCATION_COUNTER_H

/// Whether anything is counted: not under a sanitizer, which stands in the same place itself.
int hush_counts(void);

/// How many times this thread has asked the allocator for memory so far.
long hush_allocation_count(void);

/// Bytes that the program has from the allocator at present; 0 under a sanitizer.
long hush_heap_bytes(void);

/// How many times this thread has taken or tried to take a mutex, a read-write lock or a spin lock
/// of pthread, or waited for a condition.
///
/// Swift's own `Mutex` is made of atomics and, when it has to wait, of system calls: it is not seen.
long hush_lock_count(void);

/// From now on counts apart what the threads do whose names are in `names`, such as
/// "hush-capture hush-output"; "": no longer. The counts below begin at 0.
void hush_watch(const char *names);
long hush_watched_allocations(void);
long hush_watched_locks(void);

#endif
