/// Carries small records from one thread to one other: events, measurements, commands.
///
/// One thread at a time writes, one reads. Nothing waits, allocates or locks; a full ring refuses.
public final class RecordRing<Record: BitwiseCopyable>: @unchecked Sendable {
  private let indices: RingIndices
  private let records: UnsafeMutablePointer<Record>

  /// - Parameter capacity: records it holds at least, 1 or more; rounded up to a power of two.
  public convenience init(capacity: Int) { self.init(capacity: capacity, start: 0) }

  init(capacity: Int, start: UInt64) {
    indices = RingIndices(atLeast: capacity, start: start)
    records = .allocate(capacity: indices.capacity)
    // The language runtime looks up generic types, and allocates, where code runs first: here,
    // with nothing to read.
    _ = read()
  }

  deinit {
    indices.deallocate()
    records.deallocate()
  }

  /// Records it holds.
  public var capacity: Int { indices.capacity }

  /// Records there are to read. The consumer finds at least as many.
  public var readable: Int { indices.readable }

  /// Records there is room for. The producer finds at least as many.
  public var writable: Int { indices.writable }

  /// The producer adds a record.
  ///
  /// - Returns: false if the ring is full; the record is not in it then.
  public func write(_ record: Record) -> Bool {
    guard indices.writable > 0 else { return false }
    let index = indices.written.relaxed
    (records + indices.slot(index)).initialize(to: record)
    indices.written.publish(index &+ 1)
    return true
  }

  /// The consumer takes the oldest record; nil if there is none.
  public func read() -> Record? {
    guard indices.readable > 0 else { return nil }
    let index = indices.consumed.relaxed
    let record = records[indices.slot(index)]
    indices.consumed.publish(index &+ 1)
    return record
  }
}
