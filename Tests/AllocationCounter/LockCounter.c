// Stands between the program and pthread's locks, to count. As for the allocator, a definition in
// the program itself takes the place of the library's for every caller outside the library.
#define _GNU_SOURCE
#include "AllocationCounter.h"
#include "Sanitized.h"

#ifdef HUSH_SANITIZED

long hush_lock_count(void) { return 0; }

#else

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

#include "Watch.h"

static _Thread_local long locks;

long hush_lock_count(void) { return locks; }

// Counts, and calls the library's function of the same name; dlsym takes none of these locks.
#define COUNTED(name, parameters, arguments)                                   \
  int name parameters {                                                        \
    static int(*_Atomic next) parameters;                                      \
    if (next == NULL) {                                                        \
      next = (int(*) parameters)dlsym(RTLD_NEXT, #name);                       \
    }                                                                          \
    locks += 1;                                                                \
    hush_watch_note(1);                                                        \
    return next arguments;                                                     \
  }

COUNTED(pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex))
COUNTED(pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))
COUNTED(pthread_mutex_timedlock,
        (pthread_mutex_t *restrict mutex, const struct timespec *restrict time),
        (mutex, time))
COUNTED(pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
COUNTED(pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
COUNTED(pthread_rwlock_tryrdlock, (pthread_rwlock_t * lock), (lock))
COUNTED(pthread_rwlock_trywrlock, (pthread_rwlock_t * lock), (lock))
COUNTED(pthread_spin_lock, (pthread_spinlock_t * lock), (lock))
COUNTED(pthread_spin_trylock, (pthread_spinlock_t * lock), (lock))
COUNTED(pthread_cond_wait,
        (pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex),
        (condition, mutex))
COUNTED(pthread_cond_timedwait,
        (pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
         const struct timespec *restrict time),
        (condition, mutex, time))

#endif
