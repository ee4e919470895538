/// What a client may use; nobody gets more, so that no client can grow the daemon or keep another
/// one out.
public struct Limits: Sendable {
  /// Connections at a time.
  public var connections = 64
  /// Connections at a time of one process.
  public var connectionsOfOne = 16
  /// Readers of /events at a time, and of one process.
  public var readers = 16
  public var readersOfOne = 4
  /// Answers to /trace under way at a time, and to one process.
  public var traces = 4
  public var tracesOfOne = 2
  /// Bytes of a request's first line and headers.
  public var headerBytes = 8192
  /// Bytes of a request's body.
  public var bodyBytes = 4096
  /// Bytes of events that wait for one slow reader.
  public var eventBytes = 65_536
  /// Nanoseconds from a request's first byte to its last.
  public var requestTime: UInt64 = 5_000_000_000
  /// Nanoseconds a connection may wait for its next request, or for its first.
  public var idleTime: UInt64 = 30_000_000_000
  /// Nanoseconds without a byte taken by one who is being answered.
  public var stalledTime: UInt64 = 10_000_000_000
  /// Nanoseconds for an answer that has an end.
  public var answerTime: UInt64 = 60_000_000_000
  /// Nanoseconds of silence on /events before a heartbeat.
  public var heartbeat: UInt64 = 5_000_000_000

  public init() {}
}
