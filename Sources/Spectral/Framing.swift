/// How a signal of some sample rate is cut into overlapping frames.
///
/// The window lasts 32 ms and moves on by 8 ms, a quarter of it, so bins are 31.25 Hz apart at
/// every rate. Where 8 ms is not a whole number of samples whose prime factors are 2, 3, 5, 7 and
/// 11, the nearest such number is taken: exact at the multiples of 8 kHz, 0.23 % short at
/// 44.1 kHz and its halves and doubles, and never more than 3.5 % off.
public struct Framing: Equatable, Sendable {
  /// Samples from one frame to the next.
  public let hop: Int

  /// Samples in a frame.
  public var window: Int { Self.overlap * hop }

  /// Bins of a frame's spectrum, from 0 Hz to half the sample rate.
  public var bins: Int { window / 2 + 1 }

  /// Frames over each sample.
  public static let overlap = 4

  /// Sample rates that are served, in Hz.
  public static let rates = 8000...192_000

  /// - Parameter rate: the sample rate in Hz.
  /// - Precondition: `Framing.rates` contains `rate`.
  public init(rate: Int) {
    precondition(Self.rates.contains(rate), "the sample rate is out of range")
    let nominal = Double(rate) * 0.008
    var nearest = 1
    for candidate in Int(nominal * 0.95)...Int(nominal * 1.05)
    where RealFFT.supports(Self.overlap * candidate) {
      if abs(Double(candidate) - nominal) < abs(Double(nearest) - nominal) {
        nearest = candidate
      }
    }
    hop = nearest
  }
}
