#ifndef HUSH_ALLOCATION_COUNTER_H
#define HUSH_ALLOCATION_COUNTER_H

/// How many times this thread has asked the allocator for memory so far.
long hush_allocation_count(void);

#endif
