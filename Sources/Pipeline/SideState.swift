/// Where one side of the pipeline, capture or output, stands.
public enum SideState: UInt8, CaseIterable, Sendable {
  /// The device is not there, or not to be had, and never was since start-up.
  case waiting
  /// It is open; the first sound has not come or gone yet.
  case starting
  /// Sound flows.
  case running
  /// It was running and is gone, or had to be opened anew.
  case recovering
  /// Ended: the source is at its end, or the pipeline was stopped.
  case stopped

  /// "running", for people and for telemetry.
  public var name: String { "\(self)" }
}

/// The two sides that have devices of their own.
public enum Side: UInt8, BitwiseCopyable, CaseIterable, Sendable {
  case capture, output

  public var name: String { "\(self)" }
}
