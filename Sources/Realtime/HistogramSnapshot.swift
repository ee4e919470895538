/// What a `LatencyHistogram` held at some moment. Times are in nanoseconds.
public struct HistogramSnapshot: Equatable, Sendable {
  private var counts: [UInt64]
  /// How many times were recorded.
  public private(set) var count: UInt64
  /// All of them together; exact, modulo 2^64.
  public private(set) var sum: UInt64
  /// The longest; exact. 0 if there is none.
  public private(set) var max: UInt64

  /// Of nothing.
  public init() {
    counts = Array(repeating: 0, count: HistogramBuckets.count)
    (count, sum, max) = (0, 0, 0)
  }

  init(counts: [UInt64], sum: UInt64, longest: UInt64) {
    self.counts = counts
    count = counts.reduce(0, &+)
    self.sum = sum
    // A time may have reached its bucket but not yet the maximum.
    max = Swift.max(longest, Self.top(counts).map(HistogramBuckets.lower) ?? 0)
  }

  /// The mean; 0 if there is none.
  public var mean: Double { count == 0 ? 0 : Double(sum) / Double(count) }

  /// The time that `percent` % of all do not exceed (nearest rank), within 1 %; 0 if there is none.
  ///
  /// - Parameter percent: 0...100; 100 gives the longest, 0 the shortest.
  public func percentile(_ percent: Double) -> UInt64 {
    guard count > 0 else { return 0 }
    // 99.9 % of 1000 are 999, also where the product of the two floats is a little more.
    let share = Swift.min(Swift.max(percent, 0), 100) / 100 * Double(count)
    let rank = Swift.max(UInt64((share * (1 - 1e-12)).rounded(.up)), 1)
    if rank >= count { return max }
    var below: UInt64 = 0
    for (index, count) in counts.enumerated() {
      below &+= count
      if below >= rank { return Swift.min(HistogramBuckets.middle(index), max) }
    }
    return max
  }

  /// How many were no longer than `time`, give or take those within 1 % of it; never fewer for a
  /// longer time. Cumulative buckets for a monitoring system are made with it.
  public func count(upTo time: UInt64) -> UInt64 {
    if time >= max { return count }
    var below: UInt64 = 0
    for (index, count) in counts.enumerated() {
      if HistogramBuckets.middle(index) > time { break }
      below &+= count
    }
    return below
  }

  /// Adds what another holds.
  public mutating func merge(_ other: HistogramSnapshot) {
    for index in counts.indices { counts[index] &+= other.counts[index] }
    count &+= other.count
    sum &+= other.sum
    max = Swift.max(max, other.max)
  }

  /// What was recorded after an earlier snapshot of the same histogram. Of the longest time only
  /// the bucket is known, if it was not the longest of all.
  public func since(_ earlier: HistogramSnapshot) -> HistogramSnapshot {
    var rest = self
    for index in counts.indices {
      // Saturates: the snapshots need not be from the same histogram.
      let (difference, under) = counts[index].subtractingReportingOverflow(earlier.counts[index])
      rest.counts[index] = under ? 0 : difference
    }
    rest.count = rest.counts.reduce(0, &+)
    rest.sum = rest.count == 0 ? 0 : sum &- earlier.sum
    rest.max = max
    if let top = Self.top(rest.counts) {
      if max == earlier.max { rest.max = Swift.min(HistogramBuckets.upper(top), max) }
    } else {
      rest.max = 0
    }
    return rest
  }

  private static func top(_ counts: [UInt64]) -> Int? { counts.lastIndex { $0 != 0 } }
}
