import Glibc

/// CLOCK_MONOTONIC: the clock that ALSA stamps periods with and that no one sets.
public enum MonotonicClock {
  /// Nanoseconds since some moment before the program began. No system call where the kernel maps
  /// its clock (vDSO).
  public static func now() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
  }
}
