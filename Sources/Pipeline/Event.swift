import Realtime

/// Something worth telling, as a real-time thread notes it: fixed size, no text.
public struct Event: BitwiseCopyable, Sendable {
  public enum Kind: UInt8, BitwiseCopyable, CaseIterable, Sendable {
    /// A side's state; `value`: the new `SideState`'s raw value.
    case state
    /// A device ran over (capture) or under (output).
    case xrun
    /// The machine slept, or the driver said so.
    case suspended
    /// No sound came or went for so long that the device was started anew; `value`: ms.
    case stalled
    /// The device went away; `value`: errno.
    case lost
    /// A hop was done after its deadline; `value`: microseconds late.
    case deadlineMissed
    /// A hop had to do without the network.
    case fallback
    /// Stale sound was left out; `value`: frames.
    case dropped
    /// Missing sound was made up; `value`: frames.
    case concealed
    /// The ladder moved; `value`: the new rung, 0 is the model asked for.
    case ladder
    /// A new model is heard.
    case modelChanged
    /// The source has come to its end.
    case sourceEnded
  }

  /// CLOCK_MONOTONIC, nanoseconds.
  public var time: UInt64
  public var kind: Kind
  public var side: Side
  public var value: Int64
  /// Of a miss or a fallback.
  public var cause = Cause.unknown

  /// Why a hop was not in time.
  public enum Cause: UInt8, BitwiseCopyable, CaseIterable, Sendable {
    case unknown
    /// The denoise thread began late though it was idle.
    case wakeup
    /// It was still busy with the hops before.
    case backlog
    /// It began in time and was kept from a processor.
    case preempted
    /// The work itself took too long.
    case compute
  }

  init(
    _ kind: Kind, _ side: Side, _ value: Int64 = 0, cause: Cause = .unknown,
    time: UInt64 = MonotonicClock.now()
  ) {
    self.cause = cause
    self.kind = kind
    self.side = side
    self.value = value
    self.time = time
  }
}
