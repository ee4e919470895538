/// What came of a call on a running PCM.
public enum PCMResult: Equatable, Sendable {
  /// It is well. Of a read or write: so many frames were moved, 0 where none could be at once. Of a
  /// wait: so many can be. Of start and prepare: 0.
  case frames(Int)
  /// A wait's time ran out; nothing is wrong.
  case timeout
  /// The device ran out of frames to play or of room for captured ones, or stands still after that;
  /// `prepare()` and `start()` go on.
  case xrun
  /// The machine slept; `prepare()` goes on, once it no longer gives `suspended`.
  case suspended
  /// The device is gone or broken (an `errno`): close it, and open it once it is back.
  case lost(Int32)
}

/// What a PCM is doing.
public enum PCMState: Equatable, Sendable {
  /// Open, neither prepared nor running.
  case idle
  case prepared, running, xrun, suspended
  case lost
}

/// Where a PCM is at a moment.
public struct PCMPosition: Equatable, Sendable {
  /// Frames that can be read or written at once.
  public var available: Int
  /// Capture: frames since the next one to be read entered the microphone. Playback: frames until
  /// the next one to be written is heard. As the device tells; buffers are counted in, cables and
  /// converters where the driver knows them.
  public var delay: Int
  /// When that was so, nanoseconds of CLOCK_MONOTONIC.
  public var time: UInt64
  public var state: PCMState

  public init(available: Int, delay: Int, time: UInt64, state: PCMState) {
    self.available = available
    self.delay = delay
    self.time = time
    self.state = state
  }
}
