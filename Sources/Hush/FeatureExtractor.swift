import Glibc
import S5
import Spectral

/// Turns spectra into the network's features: sets of numbers, one behind the other.
///
/// A level is the log power of a bin, or of a band of bins. For bin k of hop t, with spectrum X:
///
///     L[k]  = log10(|X[k]|^2 + floor)
///
/// For bands, the weighted mean of their bins' powers takes the place of |X[k]|^2; see `FilterBank`.
/// The first set, `.logMean`, is how far each level stands above its own running mean;
/// see `RunningMean`, with the model's time. Further sets, as far as the model asks for them:
/// `.logLevel`, each level less one running mean of the mean of all levels, which tells the
/// spectrum's shape; `.logFloor`, see `LevelFloor`; `.logShort`, each level less its mean over the
/// last 50 ms, a `RunningMean` too; `.phase`, see `PhaseTurn`. All are stored as
/// feature * 2^inputExponent, to the nearest int16, ties to even. Bins above half the sample rate
/// have a power of 0. The trainer computes the same.
final class FeatureExtractor {
  /// Features of a hop.
  let count: Int

  /// Bins or bands.
  private let levels: Int
  private let bank: FilterBank?
  private let hasCommonMean: Bool
  /// The running mean of the mean of all levels.
  private var commonMean: Float = 0
  private let levelFloor: LevelFloor?
  private let longMean: RunningMean
  private let shortMean: RunningMean?
  private let phaseTurn: PhaseTurn?
  private let floor: Float
  private let row: FeatureRow
  /// Powers of the bins; with no bands the same memory as `powers`.
  private let bins: UnsafeMutablePointer<Float>
  /// Powers of the bins or bands, then their levels.
  private let powers: UnsafeMutablePointer<Float>
  /// Of `powers`, whole lanes.
  private let padded: Int
  /// Of `bins`, likewise.
  private let paddedBins: Int
  /// Hops heard; a Float stops counting at 2^24, long after it matters.
  private var hops: Float = 0

  /// What `.logShort` remembers, in seconds.
  static let shortTime = 0.05

  init(_ frontEnd: Model.FrontEnd) {
    let sets = frontEnd.features
    levels = frontEnd.bands ?? FilterBank.bins
    bank = frontEnd.bands.map { FilterBank(count: $0) }
    count = sets.count(levels: levels, fine: frontEnd.fine)
    floor = frontEnd.floor
    padded = Lanes.whole(levels)
    paddedBins = Lanes.whole(FilterBank.bins + FilterBank.padding)
    longMean = RunningMean(
      time: Double(frontEnd.meanTime), hop: frontEnd.hop, count: padded)
    hasCommonMean = sets.contains(.logLevel)
    levelFloor =
      sets.contains(.logFloor) ? LevelFloor(hop: frontEnd.hop, count: padded) : nil
    shortMean =
      sets.contains(.logShort)
      ? RunningMean(time: Self.shortTime, hop: frontEnd.hop, count: padded) : nil
    phaseTurn =
      sets.contains(.phase) ? PhaseTurn(fine: frontEnd.fine, floor: frontEnd.floor) : nil
    bins = .allocate(capacity: paddedBins)
    bins.initialize(repeating: 0, count: paddedBins)
    if bank == nil {
      powers = bins
    } else {
      powers = .allocate(capacity: padded)
      powers.initialize(repeating: 0, count: padded)
    }
    let room = FeatureRow.capacity(count)
    row = FeatureRow(
      start: .allocate(capacity: room), scale: Float(exp2(Double(frontEnd.inputExponent))))
    row.start.initialize(repeating: 0, count: room)
  }

  deinit {
    bins.deallocate()
    if bank != nil { powers.deallocate() }
    row.start.deallocate()
  }

  /// The features of the last hop, `count` of them.
  var features: UnsafePointer<Int16> { UnsafePointer(row.start) }

  /// Moves on by one hop.
  func push(_ spectrum: Spectrum) {
    let (re, im) = (spectrum.re, spectrum.im)
    let present = min(FilterBank.bins, spectrum.count)
    var k = 0
    while k < present {
      bins[k] = re[k] * re[k] + im[k] * im[k]
      k &+= 1
    }
    // Past the spectrum's end there is no power; the last hop's levels are in the way.
    while k < paddedBins {
      bins[k] = 0
      k &+= 1
    }
    if let bank { bank.average(bins, into: powers) }
    hops += 1
    k = 0
    while k < padded {
      powers.setLanes((powers.lanes(at: k) + floor).log10, at: k)
      k &+= Lanes.scalarCount
    }
    longMean.push(powers, hops: hops, into: row, at: 0)
    // A set may write a little past its end; the next overwrites that.
    var index = levels
    if hasCommonMean {
      pushCommonMean(at: index)
      index &+= levels
    }
    if let levelFloor {
      levelFloor.push(powers, hops: hops, into: row, at: index)
      index &+= levels
    }
    if let shortMean {
      shortMean.push(powers, hops: hops, into: row, at: index)
      index &+= levels
    }
    if let phaseTurn { phaseTurn.push(spectrum, into: row, at: index) }
  }

  /// The second set, from `index` on.
  private func pushCommonMean(at index: Int) {
    var sum: Float = 0
    var k = 0
    while k < levels {
      sum += powers[k]
      k &+= 1
    }
    let mean = sum / Float(levels)
    commonMean += (mean - commonMean) * longMean.rate(hops)
    k = 0
    while k < padded {
      row.put(powers.lanes(at: k) - commonMean, at: index &+ k)
      k &+= Lanes.scalarCount
    }
  }

  /// Forgets all hops.
  func reset() {
    hops = 0
    commonMean = 0
    longMean.reset()
    levelFloor?.reset()
    shortMean?.reset()
    phaseTurn?.reset()
  }
}
