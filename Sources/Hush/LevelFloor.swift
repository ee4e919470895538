import Glibc

/// How far each level stands above the noise under it.
///
/// For level L[j] of hop t, with s the smoothed level and m the noise, both 0 before the first hop:
///
///     s[j] += max(1 - exp(-hop / 0.03), 1 / (t + 1)) (L[j] - s[j])
///     m[j] += max(r, 1 / (t + 1)) (s[j] - m[j])
///     feature[j] = L[j] - m[j]
///
/// where r = 1 - exp(-hop / 2) while s[j] > m[j], and 1 - exp(-hop / 0.06) otherwise: what lasts
/// becomes noise in some seconds, and the noise falls as soon as it is quiet.
final class LevelFloor {
  /// Of the smoothing, and of the noise upwards and downwards, in seconds.
  static let times = (smooth: 0.03, rise: 2.0, fall: 0.06)

  private let count: Int
  private let smooth: Float
  private let rise: Float
  private let fall: Float
  private let levels: UnsafeMutablePointer<Float>
  private let noise: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - hop: in seconds.
  ///   - count: levels, whole lanes of them.
  init(hop: Double, count: Int) {
    self.count = count
    smooth = Float(1 - exp(-hop / Self.times.smooth))
    rise = Float(1 - exp(-hop / Self.times.rise))
    fall = Float(1 - exp(-hop / Self.times.fall))
    levels = .allocate(capacity: count)
    noise = .allocate(capacity: count)
    levels.initialize(repeating: 0, count: count)
    noise.initialize(repeating: 0, count: count)
  }

  deinit {
    levels.deallocate()
    noise.deallocate()
  }

  /// - Parameters:
  ///   - present: this hop's levels.
  ///   - hops: hops heard, this one included.
  ///   - row: gets a feature for each level, from `index` on.
  func push(
    _ present: UnsafeMutablePointer<Float>, hops: Float, into row: FeatureRow, at index: Int
  ) {
    let least = 1 / hops
    let smooth = max(smooth, least)
    let rise = Lanes(repeating: max(rise, least))
    let fall = Lanes(repeating: max(fall, least))
    var k = 0
    while k < count {
      let level = present.lanes(at: k)
      let last = levels.lanes(at: k)
      let under = noise.lanes(at: k)
      let smoothed = last + (level - last) * smooth
      let rate = fall.replacing(with: rise, where: smoothed .> under)
      let noisy = under + (smoothed - under) * rate
      levels.setLanes(smoothed, at: k)
      noise.setLanes(noisy, at: k)
      row.put(level - noisy, at: index &+ k)
      k &+= Lanes.scalarCount
    }
  }

  func reset() {
    levels.update(repeating: 0, count: count)
    noise.update(repeating: 0, count: count)
  }
}
