/// Decides when sound is to be left out or put in so that the latency stays what it is to be.
///
/// It is told the latency that the next frame will have, over and over. After any break (start,
/// xrun, silence) it corrects at once what is plainly wrong, and once more when a quarter of a
/// second has shown the rest; from then on it acts only on what no measuring jitter explains. A
/// latency that has grown is always brought back: nothing is added to the target, ever.
struct LatencyKeeper {
  /// What is to be done before the next frame.
  enum Correction: Equatable {
    case none
    /// Leave out so much, in nanoseconds: the sound is late.
    case drop(Double)
    /// Put in so much: the sound is early.
    case hold(Double)
  }

  /// What the latency is to be, in nanoseconds.
  var target: Double
  /// Whether a resampler steers: then small errors are its own affair.
  var isSteered: Bool

  /// The error that is corrected at once after a break, in nanoseconds.
  static let coarse = 1.5e6
  /// The smoothed error that is corrected when the flow has settled.
  static let fine = 0.5e6
  /// The smoothed error that is corrected at any time.
  static let drifted = 3e6
  static let driftedSteered = 10e6
  /// An error that needs no smoothing to be believed when it is seen twice.
  static let gross = 20e6
  /// How long it takes to settle after a break, in nanoseconds.
  static let settling: UInt64 = 250_000_000

  /// The smoothed error, in nanoseconds; positive: the sound is late.
  private(set) var error = 0.0
  private var began: UInt64?
  private var isSettled = false
  private var grossCount = 0
  private var sum = 0.0
  private var weight = 0.0

  init(target: Double, isSteered: Bool) {
    self.target = target
    self.isSteered = isSteered
  }

  /// Whether the latency has held since the last break.
  var hasSettled: Bool { isSettled }

  /// The stream was broken: measure anew.
  mutating func restart() {
    began = nil
    isSettled = false
    grossCount = 0
    sum = 0
    weight = 0
  }

  /// - Parameters:
  ///   - latency: of the next frame, in nanoseconds, if it were written now.
  ///   - time: now.
  mutating func decide(latency: Double, time: UInt64) -> Correction {
    let raw = latency - target
    guard let start = began else {
      began = time
      error = raw
      return abs(raw) > Self.coarse ? correction(raw) : .none
    }
    if abs(raw) > Self.gross {
      grossCount += 1
      if grossCount >= 2 {
        restart()
        began = time
        error = raw
        return correction(raw)
      }
      return .none
    }
    grossCount = 0
    if !isSettled {
      sum += raw
      weight += 1
      error = sum / weight
      guard time &- start >= Self.settling else { return .none }
      isSettled = true
      return abs(error) > Self.fine ? settle(error) : .none
    }
    // Some 30 wake-ups: a quarter of a second at the usual 8 ms.
    error += (raw - error) / 32
    let limit = isSteered ? Self.driftedSteered : Self.drifted
    if abs(error) > limit { return settle(error) }
    return .none
  }

  private mutating func settle(_ by: Double) -> Correction {
    error = 0
    return correction(by)
  }

  private func correction(_ late: Double) -> Correction {
    late > 0 ? .drop(late) : .hold(-late)
  }
}
