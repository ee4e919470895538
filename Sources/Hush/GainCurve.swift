import S5
import Spectral

/// What every bin of a spectrum is multiplied with, made from a mask over the bins up to 8 kHz: a
/// gain and, for the lowest bins of some models, an imaginary part.
///
/// Gains of bands become those of bins by interpolation; see `FilterBank`. A bin of spectrum X comes
/// out as (g + i t) X, with g in 0...1 and t in -1...1; 0 Hz and half the sample rate, which have no
/// phase, have no t either.
///
/// Above 8 kHz the network hears nothing, so the gain follows what it does just below: the mean of
/// the mask over the last kilohertz (bins 224 to 255), never more. The curve has no step at 8 kHz:
/// over the half kilohertz below, gains above that mean are drawn down to it and imaginary parts to
/// 0, and over the kilohertz above, a last gain under the mean rises to it. Spectra that end at 8 kHz
/// or below get the mask as it is.
final class GainCurve {
  /// Bins of the spectrum.
  let count: Int
  /// Gains, `count` of them, in 0...1.
  let gains: UnsafeMutablePointer<Float>
  /// Bins that have imaginary parts, from 0 Hz, no more than `count`.
  let turnCount: Int
  /// Imaginary parts, `turnCount` of them, in -1...1, then zeros up to whole lanes.
  let turns: UnsafeMutablePointer<Float>
  /// Bins that may have imaginary parts, taken four at a time: `turnCount` up to whole lanes, as far
  /// as the spectrum has them.
  let turnedLanes: Int
  /// Bins of the mask.
  let maskCount = FilterBank.bins

  private let bank: FilterBank?
  /// What the mask is multiplied with.
  private let makeup: Float
  /// Gains as the mask has them, then its imaginary parts from here on.
  private let gainCount: Int
  /// Gains of the bands.
  private let bandGains: UnsafeMutablePointer<Float>

  /// Bins at the top of the mask whose mean rules what is above, without the very last.
  static let topBins = 32
  /// Bins of the mask that are drawn towards that mean.
  static let descent = 16
  /// Bins above the mask over which the gain rises to that mean.
  static let ascent = 32

  /// - Parameters:
  ///   - bands: bands of the mask, in `FilterBank.counts`; nil: it has gains for bins.
  ///   - turns: imaginary parts of the mask, 0...`FilterBank.bins`.
  ///   - makeup: what the mask is multiplied with, 1...2, up to gains of 1 and imaginary parts of 1.
  ///   - count: bins of the spectrum.
  init(bands: Int? = nil, turns: Int = 0, makeup: Float = 1, count: Int) {
    self.count = count
    self.makeup = makeup
    bank = bands.map { FilterBank(count: $0) }
    gainCount = bands ?? FilterBank.bins
    bandGains = .allocate(capacity: gainCount)
    bandGains.initialize(repeating: 1, count: gainCount)
    gains = .allocate(capacity: count)
    gains.initialize(repeating: 1, count: count)
    turnCount = min(turns, count)
    let padded = Lanes.whole(turnCount)
    turnedLanes = min(padded, count / Lanes.scalarCount * Lanes.scalarCount)
    self.turns = .allocate(capacity: padded)
    self.turns.initialize(repeating: 0, count: padded)
  }

  deinit {
    gains.deallocate()
    turns.deallocate()
    bandGains.deallocate()
  }

  /// - Parameters:
  ///   - mask: gains as Q15, 0...32767, of the bins or bands; then the imaginary parts, -1 as 0,
  ///     0 as 16384.
  ///   - expansion: what all of them are multiplied with behind the makeup, in 0...1.
  ///   - floor: the least magnitude, in 0...1; see `raise(to:)`.
  func set(_ mask: UnsafePointer<Int16>, expansion: Float = 1, floor: Float) {
    let told = bank == nil ? gains : bandGains
    let present = bank == nil ? min(gainCount, count) : gainCount
    var k = 0
    let unit = makeup * (1 / 32767)
    while k < present {
      told[k] = min(Float(mask[k]) * unit, 1) * expansion
      k &+= 1
    }
    bank?.interpolate(bandGains, into: gains, present: count)
    if turnCount > 0 { setTurns(mask + gainCount, expansion) }
    if count > maskCount { extend() }
    raise(to: floor)
  }

  private func setTurns(_ mask: UnsafePointer<Int16>, _ expansion: Float) {
    var k = 0
    while k < turnCount {
      turns[k] = max(-1, min((Float(mask[k]) * (1 / 16384) - 1) * makeup, 1)) * expansion
      k &+= 1
    }
    turns[0] = 0
    if turnCount == count { turns[count &- 1] = 0 }
  }

  /// Lets every bin through with a magnitude of `floor` at least.
  ///
  /// The gain is raised as far as it takes, the imaginary part stays: where a mask is all but closed,
  /// what it leaves keeps the phase of the sound itself, and nothing jumps at the floor.
  func raise(to floor: Float) {
    var k = 0
    while k < turnedLanes {
      let (gain, turn) = (gains.lanes(at: k), turns.lanes(at: k))
      let isLow = gain * gain + turn * turn .< Lanes(repeating: floor * floor)
      // Of lanes that are not low it may be the root of a negative number; those are not taken.
      let raised = (Lanes(repeating: floor * floor) - turn * turn).squareRoot()
      gains.setLanes(gain.replacing(with: raised, where: isLow), at: k)
      k &+= Lanes.scalarCount
    }
    while k < turnCount {
      gains[k] = max(gains[k], max(floor * floor - turns[k] * turns[k], 0).squareRoot())
      k &+= 1
    }
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
      if k < turnCount { turns[k] *= 1 - share }
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
