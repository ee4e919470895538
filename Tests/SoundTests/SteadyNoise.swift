import Glibc

/// Noise as of a fan across the room: even up to 100 Hz, 6 dB less for each octave above. White noise
/// as loud as this would bury every s, and no test could ask for it.
enum SteadyNoise {
  /// - Parameter level: the root of the mean square.
  static func samples(_ count: Int, level: Float, seed: UInt64) -> [Float] {
    var state = seed &* 2 &+ 1
    let share = 1 - exp(-2 * Float.pi * 100 / 16_000)
    var value: Float = 0
    // What comes first has no past.
    let settling = 1000
    var samples: [Float] = []
    samples.reserveCapacity(count)
    for n in 0..<count + settling {
      value += share * (uniform(&state) - value)
      if n >= settling { samples.append(value) }
    }
    return samples.atLevel(level)
  }

  /// What a converter of 16 bits makes of silence: -1, 0 or 1 of its steps, the sum of two dice.
  static func dither(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed &* 2 &+ 1
    return (0..<count).map { _ in
      let sum = (uniform(&state) + uniform(&state)) / 2
      return sum.rounded() / 32768
    }
  }

  /// Numbers that look random between -1 and 1, the same in every run.
  private static func uniform(_ state: inout UInt64) -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
  }
}
