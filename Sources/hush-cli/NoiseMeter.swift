import Glibc

/// Measures how much noise was removed.
///
/// The noise floor is the level that a tenth of all 20 ms frames stay under: in the pauses of
/// speech there is only noise. Levels are counted in steps of 0.25 dB, so memory does not grow.
/// Frames whose input is digital silence, which is no noise, are left out of both.
final class NoiseMeter {
  /// dB, full-scale square wave = 0.
  struct Result: Sendable {
    var before: Double
    var after: Double
    var removed: Double { before - after }
  }

  private var input: Framer
  private var output: Framer
  private var inputCounts = Histogram()
  private var outputCounts = Histogram()
  /// Which frames of the input, not yet seen at the output, are silent.
  private var silent: [Bool] = []

  init(rate: Int, channels: Int) {
    input = Framer(samples: rate / 50 * channels)
    output = input
  }

  func before(_ block: UnsafeBufferPointer<Float>) {
    input.take(block) { power in
      silent.append(power == 0)
      if power > 0 { inputCounts.add(power) }
    }
  }

  func after(_ block: UnsafeBufferPointer<Float>) {
    output.take(block) { power in
      guard !silent.isEmpty else { return }
      if !silent.removeFirst() { outputCounts.add(power) }
    }
  }

  /// `nil` for less than half a second of sound.
  var result: Result? {
    guard let before = inputCounts.tenth, let after = outputCounts.tenth else { return nil }
    return Result(before: before, after: after)
  }

  /// Cuts blocks into frames.
  private struct Framer {
    let samples: Int
    private var filled = 0
    private var sum = 0.0

    init(samples: Int) { self.samples = max(1, samples) }

    mutating func take(_ block: UnsafeBufferPointer<Float>, _ frame: (Double) -> Void) {
      for sample in block {
        sum += Double(sample) * Double(sample)
        filled += 1
        if filled == samples {
          frame(sum / Double(samples))
          filled = 0
          sum = 0
        }
      }
    }
  }

  private struct Histogram {
    static let lowest = -120.0
    static let step = 0.25
    private var counts = [Int](repeating: 0, count: 640)
    private var total = 0

    mutating func add(_ power: Double) {
      let level = power > 0 ? 10 * log10(power) : Self.lowest
      let bin = Int(((level - Self.lowest) / Self.step).rounded(.down))
      counts[max(0, min(counts.count - 1, bin))] += 1
      total += 1
    }

    /// The 10th percentile, the middle of its step.
    var tenth: Double? {
      guard total >= 25 else { return nil }
      var below = 0
      for (bin, count) in counts.enumerated() {
        below += count
        if below * 10 >= total { return Self.lowest + (Double(bin) + 0.5) * Self.step }
      }
      return nil
    }
  }
}
