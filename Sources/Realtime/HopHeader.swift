/// What travels with every denoised hop.
public struct HopHeader: BitwiseCopyable, Equatable, Sendable {
  /// The hop's number in the stream; it counts on over discontinuities.
  public var sequence: UInt64
  /// When the first frame of what the hop contains entered the microphone, the algorithmic delay
  /// taken off: nanoseconds of CLOCK_MONOTONIC.
  public var captured: UInt64
  public var flags: HopFlags

  public init(sequence: UInt64 = 0, captured: UInt64 = 0, flags: HopFlags = []) {
    self.sequence = sequence
    self.captured = captured
    self.flags = flags
  }
}

/// What is special about a hop.
public struct HopFlags: OptionSet, BitwiseCopyable, Hashable, Sendable {
  public var rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The mask was not computed in time.
  public static let fallback = HopFlags(rawValue: 1 << 0)
  /// The hop does not continue the one before: sound was lost or dropped between them.
  public static let discontinuity = HopFlags(rawValue: 1 << 1)
  /// Sound that was missing has been made up.
  public static let concealed = HopFlags(rawValue: 1 << 2)
  /// The sound passed as it was.
  public static let bypassed = HopFlags(rawValue: 1 << 3)
}
