/// Tells when a stream's frames pass, from readings of its position that each come a little late: a
/// delay-locked loop of second order (Fons Adriaensen, "Using a DLL to filter time", LAC 2005), for
/// readings at any distance from each other.
///
/// It begins with a wide bandwidth, which narrows as readings come in: the rate is right within a
/// second and smooth after ten. It allocates nothing.
public struct StreamClock: Sendable {
  private let nominal: Double
  private let bandwidth: Double
  /// The last reading as the loop sees it: a position, and nanoseconds with their fraction.
  private var position: UInt64 = 0
  private var time: UInt64 = 0
  private var fraction = 0.0
  /// Nanoseconds of a frame.
  private var step: Double
  /// Seconds of readings since the reset.
  private var age = 0.0
  /// Whether a position is known at all.
  public private(set) var isSet = false

  /// `rate`: frames per second, nominally. `bandwidth`: where the loop ends up, Hz: how fast it
  /// follows a change, and how much of the readings' jitter it lets through.
  public init(rate: Double, bandwidth: Double = 0.05) {
    precondition(rate > 0 && bandwidth > 0)
    nominal = rate
    self.bandwidth = bandwidth
    step = 1e9 / rate
  }

  /// Frames per second as measured, in the unit of the readings' clock.
  public var rate: Double { 1e9 / step }

  /// How far the measured rate is from the nominal one, parts per million.
  public var deviation: Double { (rate / nominal - 1) * 1e6 }

  /// Begins anew from one reading. What is known of the rate stays: the crystal is the same.
  public mutating func reset(position: UInt64, time: UInt64) {
    self.position = position
    self.time = time
    fraction = 0
    age = 0
    isSet = true
  }

  /// Forgets the rate too: another device.
  public mutating func forget() {
    step = 1e9 / nominal
    isSet = false
  }

  /// Takes a reading: at `time` (nanoseconds) the stream was at `position` (frames ever). A reading
  /// no further than the one before tells nothing and is left out.
  public mutating func update(position next: UInt64, time measured: UInt64) {
    guard isSet else { return reset(position: next, time: measured) }
    let frames = Double(Int64(bitPattern: next &- position))
    guard frames > 0 else { return }
    let interval = frames * step
    let seconds = interval * 1e-9
    age += seconds
    // A bandwidth of 1/age gives early readings and late ones about the same weight.
    let wide = min(2, 1 / age)
    let omega = min(0.5, 2 * .pi * max(bandwidth, wide) * seconds)
    let error = Double(Int64(bitPattern: measured &- time)) - fraction - interval
    advance(to: next, by: interval + 2.0.squareRoot() * omega * error)
    // No crystal is further off than 1 %: what says so is a stall, not a rate.
    let allowed = 1e9 / nominal
    step = max(allowed * 0.99, min(allowed * 1.01, step + omega * omega * error / frames))
  }

  private mutating func advance(to next: UInt64, by nanoseconds: Double) {
    let total = fraction + nanoseconds
    let whole = total.rounded(.down)
    position = next
    time = time &+ UInt64(bitPattern: Int64(whole))
    fraction = total - whole
  }

  /// When the frame at `position` passes or passed, nanoseconds; 0 before any reading.
  public func time(at position: UInt64) -> UInt64 {
    let frames = Double(Int64(bitPattern: position &- self.position))
    let nanoseconds = (frames * step + fraction).rounded()
    return time &+ UInt64(bitPattern: Int64(nanoseconds))
  }

  /// Which frame passes at `time`, with its fraction. The inverse of `time(at:)`.
  public func position(at time: UInt64) -> Double {
    let nanoseconds = Double(Int64(bitPattern: time &- self.time)) - fraction
    return Double(position) + nanoseconds / step
  }
}
