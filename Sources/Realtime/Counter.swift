/// Counts what happens, from any thread. Wraps around at 2^64.
///
/// Relaxed: a count says nothing about other memory, and counts read one after the other may be of
/// different moments.
public final class Counter: @unchecked Sendable {
  private let word = SharedWord(0)

  public init() {}

  deinit { word.deallocate() }

  public func add(_ count: UInt64) { word.add(count) }

  /// Adds 1.
  public func add() { word.add(1) }

  public var value: UInt64 { word.relaxed }
}
