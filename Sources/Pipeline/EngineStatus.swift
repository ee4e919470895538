/// What a running pipeline says of itself to those who watch over it.
public struct EngineStatus: Equatable, Sendable {
  /// One side's device, file or pipe.
  public struct SideStatus: Equatable, Sendable {
    public var state: SideState
    /// What it is, and where it is not running, why: `hw:CARD=Headset: no such device`.
    public var text: String

    public init(_ state: SideState, _ text: String) {
      self.state = state
      self.text = text
    }
  }

  public var capture: SideStatus
  public var output: SideStatus
  /// Hops that went through since the start; it only grows.
  public var hops: UInt64
  /// Rounds of the thread that opens devices; it grows while that thread lives, so that waiting for
  /// a device can be told from hanging.
  public var rounds: UInt64
  /// Figures for a status line, such as the latency; may be empty.
  public var figures: String

  public init(
    capture: SideStatus, output: SideStatus, hops: UInt64 = 0, rounds: UInt64 = 0,
    figures: String = ""
  ) {
    self.capture = capture
    self.output = output
    self.hops = hops
    self.rounds = rounds
    self.figures = figures
  }
}
