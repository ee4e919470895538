import Glibc
import S5
import Spectral

/// Turns spectra into the network's features: how far each bin's log power stands above its own
/// running mean.
///
/// For bin k of hop t, with spectrum X:
///
///     L[k]  = log10(|X[k]|^2 + floor)
///     m[k] += max(1 - a, 1 / (t + 1)) (L[k] - m[k]),  a = exp(-hop / meanTime)
///     feature[k] = L[k] - m[k], times 2^inputExponent, to the nearest int16, ties to even
///
/// So at first the mean is that of all hops: the chance values of a single one would be with it for
/// a second. Bins above half the sample rate have a power of 0. A model may ask for a second set of
/// features, `.logMeanAndLevel`: each bin's level less one running mean of the mean level of all
/// bins, which tells the spectrum's shape. The trainer computes the same.
final class FeatureExtractor {
  /// Features of a hop.
  let count: Int

  private let bins: Int
  private let hasLevels: Bool
  /// The running mean of the mean level of all bins.
  private var commonMean: Float = 0
  private let floor: Float
  private let renewal: Float
  private let scale: Float
  private let means: UnsafeMutablePointer<Float>
  /// Powers of the bins, then their levels.
  private let powers: UnsafeMutablePointer<Float>
  private let storage: UnsafeMutablePointer<Int16>
  private let padded: Int
  /// Hops heard; a Float stops counting at 2^24, long after it matters.
  private var hops: Float = 0

  /// - Parameter bins: how many bins of 31.25 Hz, from 0 Hz, the features cover.
  init(_ frontEnd: Model.FrontEnd, bins: Int) {
    self.bins = bins
    hasLevels = frontEnd.features == .logMeanAndLevel
    count = bins * frontEnd.features.sets
    floor = frontEnd.floor
    renewal = Float(1 - exp(-frontEnd.hop / Double(frontEnd.meanTime)))
    scale = Float(exp2(Double(frontEnd.inputExponent)))
    let width = Lanes.scalarCount
    padded = (bins + width - 1) / width * width
    means = .allocate(capacity: padded)
    powers = .allocate(capacity: padded)
    storage = .allocate(capacity: 2 * padded)
    means.initialize(repeating: 0, count: padded)
    powers.initialize(repeating: 0, count: padded)
    storage.initialize(repeating: 0, count: 2 * padded)
  }

  deinit {
    means.deallocate()
    powers.deallocate()
    storage.deallocate()
  }

  /// The features of the last hop, `count` of them.
  var features: UnsafePointer<Int16> { UnsafePointer(storage) }

  /// Moves on by one hop.
  func push(_ spectrum: Spectrum) {
    let (re, im) = (spectrum.re, spectrum.im)
    let present = min(bins, spectrum.count)
    var k = 0
    while k < present {
      powers[k] = re[k] * re[k] + im[k] * im[k]
      k &+= 1
    }
    // Past the spectrum's end there is no power; the last hop's levels are in the way.
    while k < padded {
      powers[k] = 0
      k &+= 1
    }
    hops += 1
    let rate = max(renewal, 1 / hops)
    k = 0
    while k < padded {
      let level = (powers.lanes(at: k) + floor).log10
      let before = means.lanes(at: k)
      let mean = before + (level - before) * rate
      means.setLanes(mean, at: k)
      powers.setLanes(level, at: k)
      store(level - mean, at: k)
      k &+= Lanes.scalarCount
    }
    if hasLevels { pushLevels(rate) }
  }

  /// The second set, behind the first.
  private func pushLevels(_ rate: Float) {
    var sum: Float = 0
    var k = 0
    while k < bins {
      sum += powers[k]
      k &+= 1
    }
    let mean = sum / Float(bins)
    commonMean += (mean - commonMean) * rate
    k = 0
    while k < padded {
      store(powers.lanes(at: k) - commonMean, at: bins &+ k)
      k &+= Lanes.scalarCount
    }
  }

  /// Rounds four features to integers at `index`.
  @inline(__always)
  private func store(_ features: Lanes, at index: Int) {
    let scaled = features * scale
    let lowest = Lanes(repeating: -32768)
    let highest = Lanes(repeating: 32767)
    // pointwiseMin and pointwiseMax would be calls.
    let limited = scaled.replacing(with: lowest, where: scaled .< lowest)
      .replacing(with: highest, where: scaled .> highest)
    UnsafeMutableRawPointer(storage + index).storeBytes(
      of: SIMD4<Int16>(truncatingIfNeeded: limited.roundedToInt32), as: SIMD4<Int16>.self)
  }

  /// Forgets the means.
  func reset() {
    hops = 0
    commonMean = 0
    means.update(repeating: 0, count: padded)
  }
}
