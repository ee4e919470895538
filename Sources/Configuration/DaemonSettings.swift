import Pipeline

/// Everything the configuration says: the pipeline's settings, and what only the daemon needs.
public struct DaemonSettings: Equatable, Sendable {
  public var settings = Settings()
  /// The least important lines that are logged.
  public var logLevel = LogLevel.info
  public var control = Control()

  public init() {}

  /// The socket for telemetry and live control.
  public struct Control: Equatable, Sendable {
    /// nil: there is none.
    public var socket: String? = "/run/hushd/control.sock"
    /// Permissions of the socket.
    public var mode: UInt32 = 0o660
    /// The group the socket is given to; nil: the daemon's own.
    public var group: String?

    public init() {}
  }

  /// From the gravest to the most talkative.
  public enum LogLevel: String, CaseIterable, Sendable {
    case error, warning, notice, info, debug, trace
  }
}
