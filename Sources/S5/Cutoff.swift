import Glibc

/// An instant after which work on a hop is no longer worth finishing.
///
/// On the clock that ALSA stamps periods with: CLOCK_MONOTONIC, in nanoseconds.
public struct Cutoff: Equatable, Sendable {
  /// Nanoseconds of CLOCK_MONOTONIC.
  public var nanoseconds: UInt64

  public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// No hurry; the clock is not read.
  public static let never = Cutoff(nanoseconds: .max)

  /// Whether the clock has passed it. No system call where the kernel maps its clock (vDSO).
  public var hasPassed: Bool {
    guard nanoseconds != .max else { return false }
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec) >= nanoseconds
  }
}
