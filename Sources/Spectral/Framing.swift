/// How a signal of some sample rate is cut into overlapping frames.
///
/// The window lasts 32 ms at every delay, so bins are 31.25 Hz apart at every rate; it moves on by a
/// hop of 8 or 4 ms. Where the hop is not a whole number of samples whose window has prime factors 2,
/// 3, 5, 7 and 11 alone, the nearest such number is taken: exact at the multiples of 8 kHz, 0.23 %
/// short at 44.1 kHz and its halves and doubles, and never more than 3.5 % off, or 5.5 % with a hop
/// of 4 ms, which has fewer samples to choose from.
public struct Framing: Equatable, Sendable {
  /// How late a sample comes out again, and with it the shape of the windows; see `Window`.
  public enum Delay: CaseIterable, Sendable {
    /// A whole window, 32 ms.
    case window
    /// 16 ms.
    case half
    /// 8 ms.
    case quarter

    /// The nominal delay in seconds.
    public var seconds: Double {
      switch self {
      case .window: 0.032
      case .half: 0.016
      case .quarter: 0.008
      }
    }

    /// From one frame to the next, nominally, in seconds.
    public var hopSeconds: Double { self == .quarter ? 0.004 : 0.008 }

    /// The window in seconds, nominally.
    public static let windowSeconds = 0.032

    /// Frames over each sample.
    public var overlap: Int { self == .quarter ? 8 : 4 }

    /// Hops of a delay.
    var hops: Int { self == .window ? overlap : 2 }
  }

  /// What the frames were made for.
  public let kind: Delay

  /// Samples from one frame to the next.
  public let hop: Int

  /// Samples in a frame.
  public var window: Int { kind.overlap * hop }

  /// Samples by which what comes out of a stream fed sample by sample is late: the hop that has to
  /// fill up first, and the overlap of the frames.
  public var delay: Int { kind.hops * hop }

  /// Bins of a frame's spectrum, from 0 Hz to half the sample rate.
  public var bins: Int { window / 2 + 1 }

  /// Sample rates that are served, in Hz.
  public static let rates = 8000...192_000

  /// - Parameters:
  ///   - rate: the sample rate in Hz.
  ///   - delay: how late the sound may be.
  /// - Precondition: `Framing.rates` contains `rate`.
  public init(rate: Int, _ delay: Delay = .window) {
    precondition(Self.rates.contains(rate), "the sample rate is out of range")
    let nominal = Double(rate) * delay.hopSeconds
    var nearest = 1
    for candidate in Int(nominal * 0.94)...Int(nominal * 1.06)
    where RealFFT.supports(delay.overlap * candidate) {
      if abs(Double(candidate) - nominal) < abs(Double(nearest) - nominal) {
        nearest = candidate
      }
    }
    kind = delay
    hop = nearest
  }
}
