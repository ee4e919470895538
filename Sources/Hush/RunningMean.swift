import Glibc

/// How far each level stands above its running mean.
///
/// For level L[j] of hop t, with a mean m that is 0 before the first hop:
///
///     m[j] += max(1 - exp(-hop / time), 1 / (t + 1)) (L[j] - m[j])
///     feature[j] = L[j] - m[j]
///
/// So at first the mean is that of all hops: the chance values of a single one would be with it for
/// as long as it remembers.
final class RunningMean {
  private let count: Int
  private let renewal: Float
  private let means: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - time: the mean's time constant, in seconds.
  ///   - hop: in seconds.
  ///   - count: levels, whole lanes of them.
  init(time: Double, hop: Double, count: Int) {
    self.count = count
    renewal = Float(1 - exp(-hop / time))
    means = .allocate(capacity: count)
    means.initialize(repeating: 0, count: count)
  }

  deinit { means.deallocate() }

  /// What a new hop counts for in the mean.
  ///
  /// - Parameter hops: hops heard, this one included.
  func rate(_ hops: Float) -> Float { max(renewal, 1 / hops) }

  /// - Parameters:
  ///   - present: this hop's levels.
  ///   - hops: hops heard, this one included.
  ///   - row: gets a feature for each level, from `index` on.
  func push(
    _ present: UnsafeMutablePointer<Float>, hops: Float, into row: FeatureRow, at index: Int
  ) {
    let rate = rate(hops)
    var k = 0
    while k < count {
      let level = present.lanes(at: k)
      let before = means.lanes(at: k)
      let mean = before + (level - before) * rate
      means.setLanes(mean, at: k)
      row.put(level - mean, at: index &+ k)
      k &+= Lanes.scalarCount
    }
  }

  func reset() { means.update(repeating: 0, count: count) }
}
