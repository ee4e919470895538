import Glibc

/// Numbers that look random and are the same in every run.
struct Noise {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 2 &+ 1 }

  /// Between -1 and 1.
  mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
  }

  mutating func samples(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
}
