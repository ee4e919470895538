/// What a `RealtimeThread` got: read back from the kernel and the processor, not assumed.
public struct ThreadGrant: Equatable, Sendable {
  /// "FIFO", "RR", "OTHER" or another scheduling policy of the kernel.
  public var policy: String
  /// 1...99 under FIFO and RR, else 0.
  public var priority: Int
  /// The CPUs it may run on, ascending.
  public var cpus: [Int]
  /// Whether denormal numbers count as 0 on it.
  public var denormalsFlushed: Bool
  /// The kernel's number of it, as in /proc/self/task.
  public var threadID: Int
  /// What was refused, in words, with the mend; nil: nothing was.
  public var refusal: String?

  public init(
    policy: String, priority: Int, cpus: [Int], denormalsFlushed: Bool, threadID: Int,
    refusal: String? = nil
  ) {
    self.policy = policy
    self.priority = priority
    self.cpus = cpus
    self.denormalsFlushed = denormalsFlushed
    self.threadID = threadID
    self.refusal = refusal
  }
}
