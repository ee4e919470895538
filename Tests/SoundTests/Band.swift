import Glibc

/// The part of the sound that is looked at.
enum Band: String, CaseIterable {
  case full
  /// 3 to 8 kHz, where s, f and the bursts of p, t and k are.
  case fricatives

  /// The samples' part in the band.
  func of(_ samples: [Float]) -> [Float] {
    guard self == .fricatives else { return samples }
    // Butterworth's high-pass of the fourth order in two parts.
    return Band.highPass(Band.highPass(samples, quality: 0.5412), quality: 1.3066)
  }

  /// R. Bristow-Johnson's high-pass, at 3 kHz of 16.
  private static func highPass(_ samples: [Float], quality: Float) -> [Float] {
    let turn = 2 * Float.pi * 3000 / 16_000
    let (cosine, alpha) = (cos(turn), sin(turn) / (2 * quality))
    let scale = 1 / (1 + alpha)
    let b0 = (1 + cosine) / 2 * scale
    let (a1, a2) = (-2 * cosine * scale, (1 - alpha) * scale)
    var (first, second): (Float, Float) = (0, 0)
    return samples.map { x in
      let y = b0 * x + first
      first = -2 * b0 * x - a1 * y + second
      second = b0 * x - a2 * y
      return y
    }
  }
}
