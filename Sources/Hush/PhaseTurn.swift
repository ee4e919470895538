import Spectral

/// How far the phases of the lowest bins turned since the last hop, beyond what the bins' centre
/// frequencies turn: steady for a tone, at random for noise.
///
/// For bin k of hop t, with spectrum X, 0 before the first hop, and a hop of a quarter of the window,
/// in which bin k turns k quarters:
///
///     z[k] = X[t][k] conj(X[t - 1][k]) (-i)^k / (|X[t][k]| |X[t - 1][k]| + floor)
///
/// The features are the real parts of all z, then their imaginary parts, in -1...1, towards 0 where
/// there is less than the floor. Bins above half the sample rate have 0.
final class PhaseTurn {
  private let fine: Int
  private let padded: Int
  private let floor: Float
  /// Parts and magnitudes of the present hop and the one before, `padded` each.
  private var re: UnsafeMutablePointer<Float>
  private var im: UnsafeMutablePointer<Float>
  private var size: UnsafeMutablePointer<Float>
  private var lastRe: UnsafeMutablePointer<Float>
  private var lastIm: UnsafeMutablePointer<Float>
  private var lastSize: UnsafeMutablePointer<Float>
  private let storage: UnsafeMutablePointer<Float>
  private static let arrays = 6

  /// - Parameters:
  ///   - fine: how many bins from 0 Hz.
  ///   - floor: what powers count from.
  init(fine: Int, floor: Float) {
    self.fine = fine
    self.floor = floor
    let padded = Lanes.whole(fine)
    self.padded = padded
    storage = .allocate(capacity: Self.arrays * padded)
    storage.initialize(repeating: 0, count: Self.arrays * padded)
    (re, im, size) = (storage, storage + padded, storage + 2 * padded)
    (lastRe, lastIm, lastSize) = (
      storage + 3 * padded, storage + 4 * padded, storage + 5 * padded
    )
  }

  deinit { storage.deallocate() }

  /// Moves on by one hop.
  ///
  /// - Parameter row: gets `2 * fine` features from `index` on.
  func push(_ spectrum: Spectrum, into row: FeatureRow, at index: Int) {
    (re, lastRe) = (lastRe, re)
    (im, lastIm) = (lastIm, im)
    (size, lastSize) = (lastSize, size)
    // What is past the spectrum's end stays 0.
    let present = min(fine, spectrum.count)
    re.update(from: spectrum.re, count: present)
    im.update(from: spectrum.im, count: present)
    // (-i)^k of four bins.
    let cosines = Lanes(1, 0, -1, 0)
    let sines = Lanes(0, -1, 0, 1)
    // From the top down: what is written past the end of the real parts comes before the imaginary
    // parts that belong there.
    var k = padded &- Lanes.scalarCount
    while k >= 0 {
      let (nowRe, nowIm) = (re.lanes(at: k), im.lanes(at: k))
      let (oldRe, oldIm) = (lastRe.lanes(at: k), lastIm.lanes(at: k))
      // The root of the product of the powers would need numbers too small to be fast.
      let magnitude = (nowRe * nowRe + nowIm * nowIm).squareRoot()
      size.setLanes(magnitude, at: k)
      let whole = magnitude * lastSize.lanes(at: k) + floor
      let along = (nowRe * oldRe + nowIm * oldIm) / whole
      let across = (nowIm * oldRe - nowRe * oldIm) / whole
      row.put(along * cosines - across * sines, at: index &+ k)
      row.put(along * sines + across * cosines, at: index &+ fine &+ k)
      k &-= Lanes.scalarCount
    }
  }

  func reset() { storage.update(repeating: 0, count: Self.arrays * padded) }
}
