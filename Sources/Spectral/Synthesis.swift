/// Turns a spectrum every hop back into a stream of samples, by overlap and addition.
///
/// Fed with what `Analysis` makes of hop t, it returns the samples of hop t - 3: the stream,
/// `framing.window - framing.hop` samples late. After `init` nothing is allocated. One instance
/// serves one thread at a time.
public final class Synthesis {
  public let framing: Framing

  private let fft: RealFFT
  private let window: UnsafeMutablePointer<Float>
  private let frame: UnsafeMutablePointer<Float>
  private let sum: UnsafeMutablePointer<Float>

  public init(_ framing: Framing) {
    self.framing = framing
    fft = RealFFT(size: framing.window)
    window = .allocate(capacity: framing.window)
    frame = .allocate(capacity: framing.window)
    sum = .allocate(capacity: framing.window)
    frame.initialize(repeating: 0, count: framing.window)
    sum.initialize(repeating: 0, count: framing.window)
    let scale = Window.sineMagnitude(count: framing.window) / Window.overlappedPower
    for (n, value) in Window.rootHann(count: framing.window).enumerated() {
      (window + n).initialize(to: value * scale)
    }
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
    while n < framing.window {
      let added = frame.lanes(at: n) * window.lanes(at: n)
      sum.setLanes(sum.lanes(at: n) + added, at: n)
      n &+= Lanes.scalarCount
    }
    hop.update(from: sum, count: framing.hop)
    let kept = framing.window - framing.hop
    sum.update(from: sum + framing.hop, count: kept)
    (sum + kept).update(repeating: 0, count: framing.hop)
  }

  /// Forgets all frames.
  public func reset() {
    sum.update(repeating: 0, count: framing.window)
  }
}
