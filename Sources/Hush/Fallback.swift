import Glibc
import Spectral

/// The gains of a channel's hops whose mask was not made in time.
///
/// The last mask goes on for up to 12 hops of 8 ms (some 100 ms): noise and speech change little in
/// that time. Then, over 6 hops, the gains glide to one gain for all bins, the limited dry signal: 1,
/// or less where the hop would become louder than the denoised sound of the last seconds was, so
/// that a burst of noise is never louder than the speech. When masks come back, the gains glide to
/// them over 4 hops. The windows of the hops overlap, so a step from one hop's gains to the next
/// one's is a cross-fade. Of hops of 4 ms it takes twice as many.
///
/// Imaginary parts of a mask mend the phases of the hop it was made for; those of the next are others.
/// So they halve with every hop that the last mask goes on for, and they glide to 0 and back as the
/// gains glide to the dry signal and back. The least gain holds for magnitudes all the while.
///
/// Where the denoised sound was next to silence, so would be the fallback: after 2 s the limit
/// lifts, by 6 dB a second.
struct Fallback {
  /// In hops.
  private let held: Int
  private let leaving: Float
  private let returning: Float
  /// Hops in a second.
  private let rate: Float

  /// How far the gains have gone from the masks to the dry signal, 0...1.
  private(set) var dryShare: Float = 0
  /// Whether this hop has no mask.
  private(set) var isMissing = false
  /// Hops without a mask in a row.
  private var missing = 0
  /// Hops without a mask since the gains were those of a mask last.
  private var away: Float = 0
  private var hasMask = false
  /// What is left of the last mask's imaginary parts, 0...1.
  private var freshness: Float = 1
  /// Follows the greatest power of the denoised hops, falling by a factor e in 3 s; nil before the
  /// first.
  private var peak: Float?
  private let decay: Float

  /// - Parameter hopSeconds: what a hop lasts, 0.008 or 0.004.
  init(hopSeconds: Double) {
    rate = Float((1 / hopSeconds).rounded())
    let scale = rate / 125
    held = Int(12 * scale)
    leaving = 6 * scale
    returning = 4 * scale
    decay = exp(-1 / (3 * rate))
  }

  /// Whether the gains are other than the mask says, or may have to be.
  var isActive: Bool { isMissing || dryShare > 0 }

  /// Moves on by one hop.
  mutating func advance(hasMask: Bool) {
    isMissing = !hasMask
    if hasMask {
      missing = 0
      self.hasMask = true
      freshness = 1
      dryShare = max(dryShare - 1 / returning, 0)
      if dryShare == 0 { away = 0 }
      return
    }
    missing &+= 1
    away += 1
    // Ends, rather than becoming ever smaller numbers.
    freshness = freshness > 0.001 ? freshness / 2 : 0
    if !self.hasMask {
      // There is none to go on with.
      dryShare = 1
    } else if missing > held {
      // Sums of sixths or twelfths may end just under 1.
      dryShare += 1 / leaving
      if dryShare > 0.999 { dryShare = 1 }
    }
  }

  /// Turns the gains of the last mask into those of this hop.
  ///
  /// - Parameters:
  ///   - curve: holds what the last mask says for each bin of the spectrum.
  ///   - floor: the least gain. It holds here too: what a closed mask would let through is not held
  ///     back either.
  func shape(_ curve: GainCurve, of spectrum: Spectrum, floor: Float) {
    let (re, im, count) = (spectrum.re, spectrum.im, spectrum.count)
    let (gains, turns, turnCount) = (curve.gains, curve.turns, curve.turnCount)
    var power: Float = 0
    var k = 0
    while k < count {
      power += re[k] * re[k] + im[k] * im[k]
      k &+= 1
    }
    let most = max(peak ?? .infinity, lifted * lifted * power)
    let dry = max(Self.gain(from: power, to: most), floor)
    power = 0
    k = 0
    while k < count {
      gains[k] += (dry - gains[k]) * dryShare
      power += (re[k] * re[k] + im[k] * im[k]) * gains[k] * gains[k]
      k &+= 1
    }
    let kept = freshness * (1 - dryShare)
    k = 0
    while k < turnCount {
      turns[k] *= kept
      power += (re[k] * re[k] + im[k] * im[k]) * turns[k] * turns[k]
      k &+= 1
    }
    // A new mask may let more through than has been heard so far, one that is held may not.
    let whole = isMissing ? Self.gain(from: power, to: most) : 1
    if whole < 1 {
      k = 0
      while k < turnCount {
        turns[k] *= whole
        k &+= 1
      }
      k = 0
      while k < count {
        gains[k] *= whole
        k &+= 1
      }
    }
    if whole < 1 || turnCount > 0 { curve.raise(to: floor) }
  }

  /// Notes how loud a hop came out: the sum of its bins' powers after the gains.
  mutating func follow(_ power: Float) {
    guard !isActive else { return }
    peak = max(power, (peak ?? 0) * decay)
  }

  mutating func reset() {
    dryShare = 0
    isMissing = false
    missing = 0
    away = 0
    hasMask = false
    freshness = 1
    peak = nil
  }

  /// The gain that brings a power down to another, if it is greater.
  private static func gain(from power: Float, to most: Float) -> Float {
    power > most ? (most / power).squareRoot() : 1
  }

  /// The gain that is let through at least in a fallback that goes on: -60 dB after 2 s, 1 after 12.
  private var lifted: Float {
    let seconds = away / rate - 2
    guard seconds > 0 else { return 0 }
    return min(pow(10, (6 * seconds - 60) / 20), 1)
  }
}
