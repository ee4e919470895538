/// How far the two ends of a single-producer, single-consumer ring have come.
///
/// Both count up for ever and wrap around at 2^64; their difference is what the ring holds. The
/// producer alone writes `written`: publishing it releases the slots' new contents to the consumer,
/// whose acquiring load is the other half. The consumer alone writes `consumed`: publishing it
/// releases the slots themselves, so that the producer, having acquired it, overwrites none that is
/// still being read.
struct RingIndices {
  let written: SharedWord
  let consumed: SharedWord
  /// Slots, a power of two.
  let capacity: Int

  /// - Parameters:
  ///   - capacity: slots wanted, 1 or more; rounded up to a power of two.
  ///   - start: where both ends begin; tests begin shortly before the wrap-around.
  init(atLeast capacity: Int, start: UInt64) {
    precondition(capacity > 0 && capacity <= 1 << 40, "a ring of \(capacity)")
    var power = 1
    while power < capacity { power *= 2 }
    self.capacity = power
    written = SharedWord(start)
    consumed = SharedWord(start)
  }

  func deallocate() {
    written.deallocate()
    consumed.deallocate()
  }

  /// What can be read; exact or less for the consumer. Other threads get a number that was true of
  /// two moments close to each other.
  @inline(__always)
  var readable: Int {
    // In this order, so that the difference cannot be negative; it may be too large.
    let consumed = consumed.acquired
    return min(Int(truncatingIfNeeded: written.acquired &- consumed), capacity)
  }

  /// What can be written; exact or less for the producer.
  @inline(__always)
  var writable: Int { capacity &- readable }

  @inline(__always)
  func slot(_ index: UInt64) -> Int { Int(truncatingIfNeeded: index) & (capacity &- 1) }
}
