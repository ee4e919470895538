import Synchronization

/// An atomic number that has its cache lines for itself.
///
/// If what one thread writes lay beside what another writes, every write would take the line away
/// from the other's core though they share nothing (false sharing). 128 bytes, as processors also
/// fetch the neighbour of a line. Behind a pointer there is no exclusivity check.
struct SharedWord {
  private static let bytes = 128
  private let word: UnsafeMutablePointer<Atomic<UInt64>>

  init(_ value: UInt64) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: Self.bytes, alignment: Self.bytes)
    word = memory.bindMemory(to: Atomic<UInt64>.self, capacity: 1)
    word.initialize(to: Atomic<UInt64>(value))
  }

  func deallocate() {
    word.deinitialize(count: 1)
    UnsafeMutableRawPointer(word).deallocate()
  }

  /// For the only thread that writes it, and where order does not matter.
  @inline(__always)
  var relaxed: UInt64 { word.pointee.load(ordering: .relaxed) }

  /// All that was written before the `publish` that wrote this number can be read after.
  @inline(__always)
  var acquired: UInt64 { word.pointee.load(ordering: .acquiring) }

  /// All that this thread read and wrote before is done before others see the number.
  @inline(__always)
  func publish(_ value: UInt64) { word.pointee.store(value, ordering: .releasing) }

  @inline(__always)
  func set(_ value: UInt64) { word.pointee.store(value, ordering: .relaxed) }

  /// From any number of threads; wraps around.
  @inline(__always)
  func add(_ value: UInt64) { word.pointee.wrappingAdd(value, ordering: .relaxed) }

  /// From any number of threads.
  @inline(__always)
  func raise(to value: UInt64) {
    // Not `Atomic.max`, which compares unsigned numbers as if they were signed.
    var seen = relaxed
    while value > seen {
      let (isDone, found) = word.pointee.weakCompareExchange(
        expected: seen, desired: value, ordering: .relaxed)
      if isDone { return }
      seen = found
    }
  }
}
