import Synchronization

/// How long something took, over many times: recorded by real-time threads in some nanoseconds,
/// read by others.
///
/// Times are in nanoseconds; what is read back of one is within 1 % (see `HistogramBuckets`) up to
/// 17 s, 15 kB in all. Any thread may record. Relaxed: a snapshot taken meanwhile may hold a time in
/// its sum that is not yet in its count, or the other way round.
public final class LatencyHistogram: @unchecked Sendable {
  private let buckets: UnsafeMutablePointer<Atomic<UInt64>>
  private let sum = SharedWord(0)
  private let longest = SharedWord(0)

  public init() {
    buckets = .allocate(capacity: HistogramBuckets.count)
    for index in 0..<HistogramBuckets.count {
      (buckets + index).initialize(to: Atomic<UInt64>(0))
    }
  }

  deinit {
    buckets.deallocate()
    sum.deallocate()
    longest.deallocate()
  }

  /// Adds one time, in nanoseconds.
  public func record(_ time: UInt64) { record(time, count: 1) }

  /// Adds the same time, in nanoseconds, `count` times.
  public func record(_ time: UInt64, count: UInt64) {
    guard count > 0 else { return }
    sum.add(time &* count)
    longest.raise(to: time)
    buckets[HistogramBuckets.index(time)].wrappingAdd(count, ordering: .relaxed)
  }

  /// Adds the time of something that should happen once every interval, and with it those that it
  /// held up.
  ///
  /// While one hop takes ten hops' time, nine others wait that a loop records only once it is done
  /// with the first, each as if it had been quick; the histogram would leave out the very times
  /// that matter ("coordinated omission"; Gil Tene). So a time of more than one interval counts as
  /// the times that the others would have seen too: one interval less, two less, down to one
  /// interval. The work is bounded by the number of buckets.
  ///
  /// - Parameters:
  ///   - time: nanoseconds.
  ///   - expectedInterval: nanoseconds; 0: nothing is added but the time itself.
  public func recordStalled(_ time: UInt64, expectedInterval: UInt64) {
    record(time)
    guard expectedInterval > 0, time >= expectedInterval else { return }
    var left = time &- expectedInterval
    while left >= expectedInterval {
      // All that fall into this bucket at once.
      let lower = max(HistogramBuckets.lower(HistogramBuckets.index(left)), expectedInterval)
      let steps = (left &- lower) / expectedInterval
      let count = steps &+ 1
      buckets[HistogramBuckets.index(left)].wrappingAdd(count, ordering: .relaxed)
      // One of two neighbours is even.
      let pairs = steps.isMultiple(of: 2) ? (steps / 2) &* count : steps &* (count / 2)
      sum.add(left &* count &- expectedInterval &* pairs)
      left &-= steps &* expectedInterval
      left = left >= expectedInterval ? left &- expectedInterval : 0
    }
  }

  /// What has been recorded so far. Allocates: not for real-time threads.
  public func snapshot() -> HistogramSnapshot {
    let counts = (0..<HistogramBuckets.count).map { buckets[$0].load(ordering: .relaxed) }
    return HistogramSnapshot(counts: counts, sum: sum.relaxed, longest: longest.relaxed)
  }
}
