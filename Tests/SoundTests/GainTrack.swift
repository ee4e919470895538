/// How the gain from input to output goes over time, in steps of 100 ms.
///
/// More than 30 dB down counts as 30: how what nobody hears comes and goes, nobody hears.
struct GainTrack: CustomStringConvertible {
  /// In dB.
  let gains: [Double]

  init(_ output: [Float], over input: [Float], in seconds: Range<Double>) {
    let step = 1600
    let first = Int(seconds.lowerBound * 16_000)
    let last = min(Int(seconds.upperBound * 16_000), input.count)
    gains = stride(from: first, through: last - step, by: step).map {
      max(decibels(output[$0..<$0 + step].energy, over: input[$0..<$0 + step].energy), -30)
    }
  }

  /// The greatest difference within any second.
  var swing: Double {
    gains.indices.map { start in
      let second = gains[start..<min(start + 10, gains.count)]
      return (second.max() ?? 0) - (second.min() ?? 0)
    }.max() ?? 0
  }

  /// How far the gain strays from its own mean over the second around, root mean square: what moves
  /// faster than a second is heard as pumping, what is slower as a change of volume.
  var flutter: Double {
    let strays = gains.indices.map { i in
      let around = Array(gains[max(i - 5, 0)...min(i + 5, gains.count - 1)])
      return (gains[i] - around.mean) * (gains[i] - around.mean)
    }
    return strays.mean.squareRoot()
  }

  var description: String {
    "mean \(tenths(gains.mean)), swing \(tenths(swing)), flutter \(tenths(flutter)) dB"
  }
}
