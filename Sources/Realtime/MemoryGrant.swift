/// What `ProcessMemory.lock` got.
public struct MemoryGrant: Equatable, Sendable {
  /// Whether all memory of the process, present and future, stays in RAM.
  public var isLocked: Bool
  /// Bytes that the kernel says are locked (VmLck).
  public var lockedBytes: UInt64
  /// Bytes the process may lock without CAP_IPC_LOCK (RLIMIT_MEMLOCK); nil: no limit.
  public var limit: UInt64?
  /// Why it is not locked, in words, with the mend; nil: it is.
  public var refusal: String?

  public init(isLocked: Bool, lockedBytes: UInt64, limit: UInt64?, refusal: String? = nil) {
    self.isLocked = isLocked
    self.lockedBytes = lockedBytes
    self.limit = limit
    self.refusal = refusal
  }
}
