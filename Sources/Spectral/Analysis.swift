/// Turns a stream of samples into a spectrum every hop.
///
/// The frame of hop t ends with the last sample of hop t; the stream is taken to be preceded by
/// silence. After `init` nothing is allocated. One instance serves one thread at a time.
public final class Analysis {
  public let framing: Framing

  private let fft: RealFFT
  private let window: UnsafeMutablePointer<Float>
  private let history: UnsafeMutablePointer<Float>
  private let windowed: UnsafeMutablePointer<Float>

  public init(_ framing: Framing) {
    self.framing = framing
    fft = RealFFT(size: framing.window)
    window = .allocate(capacity: framing.window)
    history = .allocate(capacity: framing.window)
    windowed = .allocate(capacity: framing.window)
    history.initialize(repeating: 0, count: framing.window)
    windowed.initialize(repeating: 0, count: framing.window)
    for (n, value) in Window.analysis(framing).enumerated() { (window + n).initialize(to: value) }
  }

  deinit {
    window.deallocate()
    history.deallocate()
    windowed.deallocate()
  }

  /// The last `framing.window` samples, oldest first.
  public var frame: UnsafePointer<Float> { UnsafePointer(history) }

  /// Moves on by one hop.
  ///
  /// - Parameters:
  ///   - hop: `framing.hop` new samples, finite.
  ///   - spectrum: receives the frame's `framing.bins` bins.
  public func push(_ hop: UnsafePointer<Float>, into spectrum: Spectrum) {
    let kept = framing.window - framing.hop
    history.update(from: history + framing.hop, count: kept)
    (history + kept).update(from: hop, count: framing.hop)
    // The window's length is a multiple of four.
    var n = 0
    while n < framing.window {
      windowed.setLanes(audible(history.lanes(at: n)) * window.lanes(at: n), at: n)
      n &+= Lanes.scalarCount
    }
    fft.forward(windowed, re: spectrum.re, im: spectrum.im)
  }

  /// Forgets all samples.
  public func reset() {
    history.update(repeating: 0, count: framing.window)
  }

  /// Samples under -200 dB become 0, so that a fading tail never reaches the denormal numbers on
  /// which some processors are a hundred times slower.
  @inline(__always)
  private func audible(_ samples: Lanes) -> Lanes {
    let least: Float = 1e-10
    let quiet = (samples .< Lanes(repeating: least)) .& (samples .> Lanes(repeating: -least))
    return samples.replacing(with: Lanes(), where: quiet)
  }

  /// What turns the sum of all bins' powers into the mean square of the frame's samples, as the
  /// window weighs them. Counts the first and last bin, which have no mirror image, as if they had.
  public static func powerScale(_ framing: Framing) -> Float {
    // The squares of the window sum to half its length, at every delay.
    let ratio = 2 * Window.sineMagnitude(framing) / Float(framing.window)
    return ratio * ratio
  }
}
