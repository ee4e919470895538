import Spectral

/// The gain of every bin of a spectrum, made from a mask over the bins up to 8 kHz.
///
/// Above 8 kHz the network hears nothing, so the gain follows what it does just below: the mean of
/// the mask over the last kilohertz (bins 224 to 255), never more. The curve has no step at 8 kHz:
/// over the half kilohertz below, gains above that mean are drawn down to it, and over the
/// kilohertz above, a last gain under the mean rises to it. Spectra that end at 8 kHz or below get
/// the mask as it is.
final class GainCurve {
  /// Bins of the spectrum.
  let count: Int
  /// Gains, `count` of them, in 0...1.
  let gains: UnsafeMutablePointer<Float>
  /// Bins of the mask.
  let maskCount: Int

  /// Bins at the top of the mask whose mean rules what is above, without the very last.
  static let topBins = 32
  /// Bins of the mask that are drawn towards that mean.
  static let descent = 16
  /// Bins above the mask over which the gain rises to that mean.
  static let ascent = 32

  /// - Parameters:
  ///   - maskCount: bins of the mask, more than `topBins`.
  ///   - count: bins of the spectrum.
  init(maskCount: Int, count: Int) {
    self.maskCount = maskCount
    self.count = count
    gains = .allocate(capacity: count)
    gains.initialize(repeating: 1, count: count)
  }

  deinit { gains.deallocate() }

  /// - Parameters:
  ///   - mask: `maskCount` gains as Q15, 0...32767.
  ///   - floor: the least gain, in 0...1.
  func set(_ mask: UnsafePointer<Int16>, floor: Float) {
    let present = min(maskCount, count)
    var k = 0
    while k < present {
      gains[k] = Float(mask[k]) * (1 / 32767)
      k &+= 1
    }
    if count > maskCount { extend() }
    k = 0
    while k < count {
      gains[k] = max(gains[k], floor)
      k &+= 1
    }
  }

  private func extend() {
    let last = maskCount &- 1
    var sum: Float = 0
    var k = last &- Self.topBins
    while k < last {
      sum += gains[k]
      k &+= 1
    }
    let mean = sum / Float(Self.topBins)
    k = last &- Self.descent &+ 1
    while k <= last {
      let share = Float(k &- (last &- Self.descent)) / Float(Self.descent)
      gains[k] -= max(gains[k] - mean, 0) * share
      k &+= 1
    }
    let start = gains[last]
    k = maskCount
    while k < count {
      let share = min(Float(k &- last) / Float(Self.ascent), 1)
      gains[k] = min(start + (mean - start) * share, mean)
      k &+= 1
    }
  }
}
