/// How long to wait before a device is tried again: 100 ms, twice as long each time, at most 5 s.
struct Backoff {
  static let shortest: UInt64 = 100_000_000
  static let longest: UInt64 = 5_000_000_000

  /// The shortest wait, in nanoseconds.
  let first: UInt64
  private var next: UInt64

  init(shortest: UInt64 = Backoff.shortest) {
    first = shortest
    next = shortest
  }

  /// Nanoseconds to wait now.
  mutating func wait() -> UInt64 {
    defer { next = min(next * 2, Self.longest) }
    return next
  }

  mutating func reset() { next = first }
}
