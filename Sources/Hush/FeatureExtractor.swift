import Glibc
import S5
import Spectral

/// Turns spectra into the network's features: how far each bin's log power stands above its own
/// running mean.
///
/// For bin k of hop t, with spectrum X:
///
///     L[k]  = log10(|X[k]|^2 + floor)
///     m[k] += (1 - a) (L[k] - m[k]),  a = exp(-hop / meanTime);  m[k] = L[k] at the first hop
///     feature[k] = L[k] - m[k], times 2^inputExponent, to the nearest int16, ties to even
///
/// Bins above half the sample rate have a power of 0. The trainer computes the same.
final class FeatureExtractor {
  /// Features of a hop.
  let count: Int

  private let floor: Float
  private let renewal: Float
  private let scale: Float
  private let means: UnsafeMutablePointer<Float>
  private let powers: UnsafeMutablePointer<Float>
  private let storage: UnsafeMutablePointer<Int16>
  private let padded: Int
  private var isFirst = true

  /// - Parameter bins: how many bins of 31.25 Hz, from 0 Hz, the features cover.
  init(_ frontEnd: Model.FrontEnd, bins: Int) {
    count = bins
    floor = frontEnd.floor
    renewal = Float(1 - exp(-frontEnd.hop / Double(frontEnd.meanTime)))
    scale = Float(exp2(Double(frontEnd.inputExponent)))
    let width = Lanes.scalarCount
    padded = (bins + width - 1) / width * width
    means = .allocate(capacity: padded)
    powers = .allocate(capacity: padded)
    storage = .allocate(capacity: padded)
    means.initialize(repeating: 0, count: padded)
    powers.initialize(repeating: 0, count: padded)
    storage.initialize(repeating: 0, count: padded)
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
    let present = min(count, spectrum.count)
    var k = 0
    while k < present {
      powers[k] = re[k] * re[k] + im[k] * im[k]
      k &+= 1
    }
    // At the first hop a mean becomes all of the level it starts from.
    let rate: Float = isFirst ? 1 : renewal
    isFirst = false
    let lowest = Lanes(repeating: -32768)
    let highest = Lanes(repeating: 32767)
    k = 0
    while k < padded {
      let level = (powers.lanes(at: k) + floor).log10
      let before = means.lanes(at: k)
      let mean = rate == 1 ? level : before + (level - before) * rate
      means.setLanes(mean, at: k)
      var feature = (level - mean) * scale
      feature.replace(with: lowest, where: feature .< lowest)
      feature.replace(with: highest, where: feature .> highest)
      let rounded = feature.roundedToInt32
      UnsafeMutableRawPointer(storage + k).storeBytes(
        of: SIMD4<Int16>(truncatingIfNeeded: rounded), as: SIMD4<Int16>.self)
      k &+= Lanes.scalarCount
    }
  }

  /// Forgets the means.
  func reset() {
    isFirst = true
  }
}
