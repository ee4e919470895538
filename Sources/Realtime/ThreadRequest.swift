/// What a `RealtimeThread` asks of the system.
public struct ThreadRequest: Equatable, Sendable {
  /// As `top` and `ps` show it; the first 15 bytes.
  public var name: String
  /// Priority of SCHED_FIFO, 1...99; 0: ordinary scheduling, SCHED_OTHER.
  public var priority: Int
  /// CPUs it may run on; nil: all that the process may.
  public var cpus: [Int]?
  /// Bytes of stack, 64 KiB or more, rounded up to whole pages. All of it is in memory from the
  /// start.
  public var stackBytes: Int

  public init(name: String, priority: Int, cpus: [Int]? = nil, stackBytes: Int = 512 * 1024) {
    self.name = name
    self.priority = priority
    self.cpus = cpus
    self.stackBytes = stackBytes
  }
}
