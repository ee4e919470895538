/// Steers a ``DriftResampler`` so that the delay of what is played stays at its target although two
/// clocks differ: a proportional and integral controller on smoothed measurements.
///
/// The gains are of a critically damped loop, quick at first and slower as it settles. 300 ppm
/// between the clocks are followed within 40 s, meanwhile the delay is off by some 1 ms; afterwards,
/// with measurements that jitter by ±1 ms, the ratio wanders by 30 ppm at less than 50 ppm a second.
/// Never is it faster than `slew`. The ear notices steps of pitch from some 3000 ppm on.
/// Errors that are too large for it (many milliseconds) are for the one who drops and inserts.
public struct DriftController: Sendable {
  /// The ratio's way from 1 at most, 0.005: 0.5 %.
  public let clamp: Double
  /// The ratio's change in a second at most.
  public let slew: Double
  /// Frames out for a frame in.
  public private(set) var ratio = 1.0
  /// How far off the clocks are by what has been learned, parts per million: playback's clock
  /// against capture's.
  public var learned: Double { -integral * 1e6 }

  private let bandwidth: Double
  private let smoothing: Double
  /// The error behind two low-pass filters, seconds.
  private var first = 0.0
  private var second = 0.0
  private var integral = 0.0
  private var isFresh = true
  /// Seconds since the reset.
  private var age = 0.0

  /// `bandwidth`: where the loop's ends up, Hz; `smoothing` of the measurements: seconds, well below
  /// 1 / (2π bandwidth).
  public init(
    clamp: Double = 0.005, slew: Double = 0.0002, bandwidth: Double = 0.015,
    smoothing: Double = 0.6
  ) {
    precondition(clamp > 0 && slew > 0 && bandwidth > 0 && smoothing >= 0)
    self.clamp = clamp
    self.slew = slew
    self.smoothing = smoothing
    self.bandwidth = bandwidth
  }

  /// Takes a measurement, `error` seconds of delay beyond the target, made `interval` seconds after
  /// the last one; gives the ratio to go on with.
  public mutating func update(error: Double, interval: Double) -> Double {
    guard error.isFinite, interval > 0, interval.isFinite else { return ratio }
    // A long pause between two readings says nothing of what was between.
    let step = min(interval, 0.5)
    age += step
    // The clocks are unknown at first, and known better than the measurements later.
    let omega = 2 * Double.pi * max(bandwidth, 0.3 / (4 + age))
    if isFresh {
      (first, second, isFresh) = (error, error, false)
    } else {
      let weight = step / (smoothing + step)
      first += weight * (error - first)
      second += weight * (first - second)
    }
    // Too much delay: fewer frames are to be made of what comes in.
    let learning = integral + omega * omega * second * step
    let wanted = 1 - 2 * omega * second - learning
    let limited = max(1 - clamp, min(1 + clamp, wanted))
    let most = slew * step
    let next = max(ratio - most, min(ratio + most, limited))
    // While the ratio cannot do as it is told, nothing is learned from that, unless it leads back.
    let isHeld = next != wanted && (learning - integral) * (next - wanted) > 0
    if !isHeld { integral = max(-clamp, min(clamp, learning)) }
    ratio = next
    return ratio
  }

  /// After sound was dropped or inserted: the measurements begin anew, what is known of the clocks
  /// stays.
  public mutating func restart() { isFresh = true }

  /// Forgets everything: another pair of devices.
  public mutating func reset() {
    (integral, ratio, isFresh, age) = (0, 1, true, 0)
  }
}
