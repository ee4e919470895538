import Glibc
import Realtime

extension MonotonicClock {
  /// Sleeps until the clock reads `time`, in nanoseconds.
  static func sleep(until time: UInt64) {
    var moment = timespec(
      tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, nil) == EINTR {}
  }
}
