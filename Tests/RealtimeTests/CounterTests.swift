import AllocationCounter
import Foundation
import Glibc
import Synchronization
import Testing

@testable import Realtime

@Suite struct CounterTests {
  /// Without these the tests for no cost could pass because nothing is counted.
  @Test(.enabled(if: hush_counts() != 0, "sanitizers stand in the counter's place"))
  func allocationsAndLocksAreCounted() {
    let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    defer { mutex.deallocate() }
    let rwlock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)
    pthread_rwlock_init(rwlock, nil)
    defer { rwlock.deallocate() }
    let mutexes = Cost.ofCalling {
      pthread_mutex_lock(mutex)
      pthread_mutex_unlock(mutex)
      pthread_mutex_trylock(mutex)
      pthread_mutex_unlock(mutex)
    }
    #expect(mutexes == Cost(allocations: 0, locks: 2))
    let rwlocks = Cost.ofCalling {
      pthread_rwlock_rdlock(rwlock)
      pthread_rwlock_unlock(rwlock)
      pthread_rwlock_wrlock(rwlock)
      pthread_rwlock_unlock(rwlock)
      pthread_rwlock_tryrdlock(rwlock)
      pthread_rwlock_unlock(rwlock)
      pthread_rwlock_trywrlock(rwlock)
      pthread_rwlock_unlock(rwlock)
    }
    #expect(rwlocks == Cost(allocations: 0, locks: 4))
    let allocating = Cost.ofCalling {
      UnsafeMutablePointer<Float>.allocate(capacity: 1000).deallocate()
    }
    #expect(allocating == Cost(allocations: 1, locks: 0))
  }

  /// Other libraries' calls are seen too: Foundation's lock is a pthread mutex.
  @Test(.enabled(if: hush_counts() != 0, "sanitizers stand in the counter's place"))
  func locksOfLibrariesAreCounted() {
    let lock = NSLock()
    #expect(
      Cost.ofCalling {
        lock.lock()
        lock.unlock()
      }.locks > 0)
  }

  @Test func waitingForAConditionIsCounted() {
    var mutex = pthread_mutex_t()
    var condition = pthread_cond_t()
    pthread_mutex_init(&mutex, nil)
    pthread_cond_init(&condition, nil)
    pthread_mutex_lock(&mutex)
    defer { pthread_mutex_unlock(&mutex) }
    let before = hush_lock_count()
    var past = timespec()
    let result = pthread_cond_timedwait(&condition, &mutex, &past)
    let locks = hush_lock_count() - before
    #expect(result == ETIMEDOUT)
    #expect(locks == (hush_counts() != 0 ? 1 : 0))
  }

  @Test func countersCountFromManyThreads() throws {
    let counter = Counter()
    let threads = try (0..<4).map { _ in
      try RealtimeThread(ThreadRequest(name: "count", priority: 0)) {
        for _ in 0..<25_000 { counter.add() }
        counter.add(1000)
      }
    }
    for thread in threads { thread.join() }
    #expect(counter.value == 104_000)
    counter.add(.max)
    #expect(counter.value == 103_999)
    #expect(Cost.ofCalling { counter.add(2) } == .none)
  }
}
