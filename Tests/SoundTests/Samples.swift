import Glibc

extension Collection<Float> {
  /// The sum of the squares.
  var energy: Double { reduce(into: 0) { $0 += Double($1) * Double($1) } }

  /// The greatest magnitude.
  var peak: Float { reduce(into: 0) { $0 = Swift.max($0, abs($1)) } }
}

extension [Float] {
  /// With the mean square of `level` squared.
  func atLevel(_ level: Float) -> [Float] {
    times(level / Float((energy / Double(count)).squareRoot()))
  }

  func times(_ gain: Float) -> [Float] { map { $0 * gain } }

  /// The sum, as long as the receiver.
  func plus(_ other: [Float], at start: Int = 0) -> [Float] {
    var sum = self
    for n in 0..<Swift.min(other.count, count - start) { sum[start + n] += other[n] }
    return sum
  }
}

/// The amplitude that is so many dB.
func amplitude(_ decibels: Double) -> Float { Float(pow(10, decibels / 20)) }

/// The ratio of two powers in dB; where there is no power, far down.
func decibels(_ power: Double, over reference: Double = 1) -> Double {
  10 * log10((power + 1e-30) / (reference + 1e-30))
}

/// How far what is left of a clean sound in a part of an output is down, in dB: by the output's
/// projection on it, so that noise that comes through does not pass for it.
func projectionLoss(
  of clean: [Float], in output: [Float], _ part: Range<Int>, most: Double
) -> Double {
  let common = part.reduce(into: 0.0) { $0 += Double(output[$1]) * Double(clean[$1]) }
  return min(-20 * log10(max(common / clean[part].energy, 1e-3)), most)
}

extension [Double] {
  /// What the given share of the numbers stays at or under: 0.5 is the median. Between two numbers it
  /// is as far from them as the share.
  func quantile(_ share: Double) -> Double {
    let sorted = sorted()
    guard let last = sorted.last else { return 0 }
    let place = share * Double(count - 1)
    let below = Int(place)
    guard below + 1 < count else { return last }
    return sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below])
  }

  var mean: Double { reduce(0, +) / Double(Swift.max(count, 1)) }
}
