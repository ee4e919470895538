import Realtime

/// What the audio threads did last, wake-up by wake-up and hop by hop.
public final class Trace: Sendable {
  /// Half a minute of hops of 8 ms, half as much of hops of 4.
  public static let records = 4096

  /// A record for each wake-up that brought sound; written by the capture thread.
  public let capture = HistoryRing(capacity: Trace.records, blank: TraceRecord())
  /// A record for each hop; written by the denoise thread.
  public let denoise = HistoryRing(capacity: Trace.records, blank: TraceRecord())
  /// A record for each wake-up that took sound; written by the output thread.
  public let output = HistoryRing(capacity: Trace.records, blank: TraceRecord())

  public init() {}
}

/// One wake-up or hop. Times are nanoseconds of CLOCK_MONOTONIC.
public struct TraceRecord: BitwiseCopyable, Equatable, Sendable {
  /// When the thread began, and when it was done.
  public var begin: UInt64 = 0
  public var end: UInt64 = 0
  /// Capture, output: when it should have woken up. Denoise: when the hop's last sample arrived.
  public var ready: UInt64 = 0
  /// Denoise: the deadline. Output: when the first frame written is heard; 0: no device.
  /// Capture: 0.
  public var due: UInt64 = 0
  /// Denoise: the hop's number. Capture, output: frames before it.
  public var sequence: UInt64 = 0
  /// Frames read, denoised or written.
  public var frames: UInt32 = 0
  /// Denoise: nanoseconds of processor time.
  public var cpu: UInt32 = 0
  /// Denoise: the rung of the ladder.
  public var rung: UInt16 = 0
  public var flags: Flags = []
  /// Denoise: the probability that somebody speaks; nil: not told.
  public var presence: Float?

  public init() {}

  public struct Flags: OptionSet, BitwiseCopyable, Hashable, Sendable {
    public var rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Without the network.
    public static let fallback = Flags(rawValue: 1 << 0)
    /// Done after the deadline.
    public static let missed = Flags(rawValue: 1 << 1)
  }
}
