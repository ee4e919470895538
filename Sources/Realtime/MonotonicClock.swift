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

  /// Sleeps until the clock reads `time`, in nanoseconds.
  public static func sleep(until time: UInt64) {
    var moment = timespec(
      tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, nil) == EINTR {}
  }

  /// Nanoseconds for which the calling thread has had a processor.
  public static func thread() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
