import Realtime

/// How the pipeline is, at one moment.
public struct PipelineStatus: Sendable {
  /// One side and its device.
  public struct SideStatus: Sendable {
    public var state = SideState.waiting
    /// Why it does not run, and the mend; nil: it does, or nothing is wrong.
    public var reason: String?
    /// What the configuration calls it.
    public var name = ""
    /// What it was opened as; nil: it is not open, or no device.
    public var stream: Stream?
  }

  /// A device as it was opened.
  public struct Stream: Equatable, Sendable {
    /// Frames per second.
    public var rate: Int
    public var channels: Int
    public var format: String
    /// Frames.
    public var period: Int
    public var buffer: Int
    public var isMapped: Bool
    /// Names the clock it runs on.
    public var clock: String
  }

  public var capture = SideStatus()
  public var output = SideStatus()
  /// Frames per second that are denoised; nil: the microphone has not been there yet.
  public var rate: Int?
  public var channels: Int?
  /// The models of the ladder, the one asked for first.
  public var models: [String] = []
  /// Milliseconds of a hop, nominally.
  public var hop = 8.0
  /// Milliseconds from a hop's arrival to its mask.
  public var deadline = 8.0
  /// Frames that are captured and not denoised yet, and denoised and not taken by the output yet.
  public var queuedIn = 0
  public var queuedOut = 0
  /// What the kernel granted each audio thread.
  public var threads: [ThreadGrant] = []
  public var memory: MemoryGrant?
  /// What the configuration asked for and does not get, in words.
  public var warnings: [String] = []
  /// Whether the source has ended and all of it has gone out.
  public var isFinished = false

  public init() {}
}
