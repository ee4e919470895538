/// Turns a spectrum every hop back into a stream of samples, by overlap and addition.
///
/// Fed with what `Analysis` makes of a hop, it returns the samples of an earlier one: the stream,
/// `framing.delay - framing.hop` samples late, which is three hops at a delay of a window and one at
/// a lower one. After `init` nothing is allocated. One instance serves one thread at a time.
public final class Synthesis {
  public let framing: Framing

  private let fft: RealFFT
  private let window: UnsafeMutablePointer<Float>
  private let frame: UnsafeMutablePointer<Float>
  /// What frames have added so far to the samples that are not out yet, `framing.delay` of them.
  private let sum: UnsafeMutablePointer<Float>
  /// The first sample of a frame that the window lets through.
  private let first: Int

  public init(_ framing: Framing) {
    self.framing = framing
    fft = RealFFT(size: framing.window)
    first = framing.window - framing.delay
    // A delay need not be whole vectors; what is added past its end is 0.
    let padded = framing.delay + Lanes.scalarCount
    window = .allocate(capacity: padded)
    frame = .allocate(capacity: framing.window + Lanes.scalarCount)
    sum = .allocate(capacity: padded)
    window.initialize(repeating: 0, count: padded)
    frame.initialize(repeating: 0, count: framing.window + Lanes.scalarCount)
    sum.initialize(repeating: 0, count: padded)
    for (n, value) in Window.synthesis(framing).enumerated() { window[n] = value }
  }

  deinit {
    window.deallocate()
    frame.deallocate()
    sum.deallocate()
  }

  /// Moves on by one hop.
  ///
  /// - Parameters:
  ///   - spectrum: `framing.bins` bins, scaled as `Analysis` scales them.
  ///   - hop: room for `framing.hop` samples.
  public func pull(_ spectrum: Spectrum, into hop: UnsafeMutablePointer<Float>) {
    fft.inverse(re: spectrum.re, im: spectrum.im, into: frame)
    var n = 0
    while n < framing.delay {
      let added = frame.lanes(at: first &+ n) * window.lanes(at: n)
      sum.setLanes(sum.lanes(at: n) + added, at: n)
      n &+= Lanes.scalarCount
    }
    hop.update(from: sum, count: framing.hop)
    let kept = framing.delay - framing.hop
    sum.update(from: sum + framing.hop, count: kept)
    (sum + kept).update(repeating: 0, count: framing.hop)
  }

  /// Forgets all frames.
  public func reset() {
    sum.update(repeating: 0, count: framing.delay)
  }
}
