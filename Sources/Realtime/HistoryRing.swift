import Synchronization

/// The last records of one thread, for anyone to look at: the oldest are overwritten.
///
/// One thread writes, in some nanoseconds, and waits for nobody. Readers copy; what was overwritten
/// meanwhile they leave out. The records are relaxed atomic words, for the reasons that `Seqlock`
/// gives.
public final class HistoryRing<Record: BitwiseCopyable & Sendable>: @unchecked Sendable {
  /// Records it holds, a power of two.
  public let capacity: Int

  /// How many there have been.
  private let total: SharedWord
  private let words: AtomicWords<Record>
  private let blank: Record

  /// - Parameters:
  ///   - capacity: records it holds at least, 1 or more; rounded up to a power of two.
  ///   - blank: any record.
  public init(capacity: Int, blank: Record) {
    precondition(capacity > 0 && capacity <= 1 << 24, "a history of \(capacity)")
    var power = 1
    while power < capacity { power *= 2 }
    self.capacity = power
    self.blank = blank
    total = SharedWord(0)
    words = AtomicWords(slots: power)
    // Also where the language runtime looks up generic types, and allocates.
    write(blank)
    total.publish(0)
  }

  deinit {
    words.deallocate()
    total.deallocate()
  }

  /// How many records there have been since the start; the newest has this number less one.
  public var written: UInt64 { total.acquired }

  /// The one writer adds a record.
  public func write(_ record: Record) {
    let number = total.relaxed
    // A reader that sees a word of this record also sees that the last one was published.
    atomicMemoryFence(ordering: .releasing)
    words.store(record, in: slot(number))
    total.publish(number &+ 1)
  }

  /// Copies one record.
  ///
  /// - Returns: nil if it was overwritten, or has not been written yet.
  public func record(_ number: UInt64) -> Record? {
    let newest = total.acquired
    guard number < newest, newest &- number <= UInt64(capacity) else { return nil }
    var record = blank
    words.load(slot(number), into: &record)
    atomicMemoryFence(ordering: .acquiring)
    // The record with this number plus the capacity goes to the same place; it may be half written
    // as soon as the one before it has been published.
    guard total.relaxed &- number < UInt64(capacity) else { return nil }
    return record
  }

  /// The number of the oldest record that a reader may still find.
  public var oldest: UInt64 {
    let newest = total.acquired
    // One less than it holds: the next write goes over the oldest.
    return newest < UInt64(capacity) ? 0 : newest &- UInt64(capacity) &+ 1
  }

  @inline(__always)
  private func slot(_ number: UInt64) -> Int {
    Int(truncatingIfNeeded: number) & (capacity &- 1)
  }
}
