/// How times are sorted into buckets: one nanosecond wide below 128 ns, and 64 equal buckets in
/// every doubling above, to 2^34 ns (17 s), where the last one takes all that is longer.
///
/// A bucket above 128 ns is at most a 64th of its lower bound wide, so its middle is within 0.8 % of
/// every time in it.
enum HistogramBuckets {
  /// 128 narrow ones, and 64 for each doubling from 2^7 to 2^34.
  static let count = 128 + 64 * 27

  @inline(__always)
  static func index(_ time: UInt64) -> Int {
    if time < 128 { return Int(truncatingIfNeeded: time) }
    let time = min(time, (1 &<< 34) &- 1)
    // Leaves seven bits of the time, the first of them set.
    let shift = 57 &- time.leadingZeroBitCount
    return shift &<< 6 &+ Int(truncatingIfNeeded: time &>> UInt64(truncatingIfNeeded: shift))
  }

  /// The shortest time in a bucket.
  @inline(__always)
  static func lower(_ index: Int) -> UInt64 {
    if index < 128 { return UInt64(truncatingIfNeeded: index) }
    let shift = UInt64(truncatingIfNeeded: index &>> 6 &- 1)
    return UInt64(truncatingIfNeeded: index & 63 | 64) &<< shift
  }

  /// The longest time in a bucket, ns.
  static func upper(_ index: Int) -> UInt64 { lower(index &+ 1) &- 1 }

  /// What stands for the times in a bucket.
  static func middle(_ index: Int) -> UInt64 {
    let lower = lower(index)
    return lower + (upper(index) - lower) / 2
  }
}
