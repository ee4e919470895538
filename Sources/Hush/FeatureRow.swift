/// Where the features of a hop go: rounds them to integers.
struct FeatureRow {
  /// Room for `capacity(count)` int16.
  let start: UnsafeMutablePointer<Int16>
  /// Steps of an integer in a unit.
  let scale: Float

  /// What so many features need: four are written at a time.
  static func capacity(_ count: Int) -> Int { count + Lanes.scalarCount - 1 }

  /// Rounds four features, ties to even, at `index`; what does not fit becomes the integer next to
  /// it.
  @inline(__always)
  func put(_ features: Lanes, at index: Int) {
    let scaled = features * scale
    let lowest = Lanes(repeating: -32768)
    let highest = Lanes(repeating: 32767)
    // pointwiseMin and pointwiseMax would be calls.
    let limited = scaled.replacing(with: lowest, where: scaled .< lowest)
      .replacing(with: highest, where: scaled .> highest)
    UnsafeMutableRawPointer(start + index).storeBytes(
      of: SIMD4<Int16>(truncatingIfNeeded: limited.roundedToInt32), as: SIMD4<Int16>.self)
  }
}
