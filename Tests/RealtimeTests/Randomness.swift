/// Numbers that look random and are the same in every run.
struct Randomness {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 2 &+ 1 }

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 33
  }

  /// 0..<limit.
  mutating func below(_ limit: Int) -> Int {
    Int(truncatingIfNeeded: (next() >> 33) % UInt64(limit))
  }

  /// Between 0 and 1.
  mutating func unit() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
}
