import CRealtime
import Glibc

/// Wakes a thread that waits, once for every signal; what is signalled while nobody waits is kept.
///
/// A semaphore: to signal takes no lock and never waits, from any thread, even from a signal
/// handler. What a thread wrote before it signalled can be read by the one that is woken.
public final class Wakeup: @unchecked Sendable {
  private let semaphore: UnsafeMutablePointer<sem_t>

  public init() {
    semaphore = .allocate(capacity: 1)
    semaphore.initialize(to: sem_t())
    sem_init(semaphore, 0, 0)
  }

  /// Nobody may be waiting any more.
  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  /// Wakes one that waits, or the next that will.
  public func signal() {
    // Fails only past 2^31 signals kept, when one more makes no difference.
    sem_post(semaphore)
  }

  /// Waits for a signal.
  ///
  /// - Parameter deadline: nanoseconds of CLOCK_MONOTONIC; past already: does not wait.
  /// - Returns: whether there was a signal; false: time ran out.
  public func wait(until deadline: UInt64) -> Bool {
    hush_sem_wait_until(semaphore, deadline) == 0
  }

  /// Waits for a signal, however long it takes.
  public func wait() {
    // A handled Unix signal interrupts the wait.
    while sem_wait(semaphore) != 0 {}
  }

  /// Takes a signal that is kept, without waiting.
  ///
  /// - Returns: whether there was one.
  public func poll() -> Bool { sem_trywait(semaphore) == 0 }
}
