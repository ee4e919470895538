import Glibc
import Synchronization

/// How long the machine stood still, at worst: a thread that looks at the clock every five
/// milliseconds sees when nobody let it. A host that gives its processors to another guest does that
/// for 100 ms at a time, on some machines every second, and then no card's buffer lasts.
final class Stalls: Sendable {
  private static let beat: UInt64 = 5_000_000
  private let last: Atomic<UInt64>
  private let spent: Atomic<UInt64>
  private let worst = Atomic<UInt64>(0)
  private let ends = Atomic(false)

  /// Watches until ``end()``.
  init() {
    last = Atomic(VirtualCard.now())
    spent = Atomic(VirtualCard.now(CLOCK_PROCESS_CPUTIME_ID))
    var thread = pthread_t()
    let watch = Unmanaged.passRetained(self).toOpaque()
    let failure = pthread_create(
      &thread, nil,
      { watch in
        let stalls = Unmanaged<Stalls>.fromOpaque(watch!).takeRetainedValue()
        while !stalls.ends.load(ordering: .relaxed) {
          usleep(UInt32(Stalls.beat / 1000))
          stalls.look()
        }
        return nil
      }, watch)
    precondition(failure == 0, "a thread could not be started: error \(failure)")
    pthread_detach(thread)
  }

  /// Nanoseconds, the longest so far; one that has just ended is in it, seen by the thread or not.
  var longest: UInt64 {
    look()
    return worst.load(ordering: .relaxed)
  }

  func end() { ends.store(true, ordering: .relaxed) }

  private func look() {
    let (now, processor) = (VirtualCard.now(), VirtualCard.now(CLOCK_PROCESS_CPUTIME_ID))
    let gap = now - min(now, last.exchange(now, ordering: .relaxed))
    let used = processor - min(processor, spent.exchange(processor, ordering: .relaxed))
    // Where this process itself kept both processors busy, it is not the machine that stood still.
    guard gap > Self.beat, used < gap + gap / 2 else { return }
    worst.max(gap - Self.beat, ordering: .relaxed)
  }
}
