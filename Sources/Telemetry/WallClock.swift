import Glibc
import Realtime

/// What time of day it was at a moment of CLOCK_MONOTONIC, as long as nobody sets the clock.
struct WallClock {
  /// Nanoseconds from the one to the other.
  private let offset: Int64

  init() {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let real = Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
    offset = real &- Int64(bitPattern: MonotonicClock.now())
  }

  init(offset: Int64) { self.offset = offset }

  /// UTC, as in RFC 3339, to the millisecond.
  func text(at time: UInt64) -> String {
    let real = max(Int64(bitPattern: time) &+ offset, 0)
    var seconds = time_t(real / 1_000_000_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let milliseconds = Int(real / 1_000_000 % 1000)
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T"
      + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))."
      + "\(milliseconds < 100 ? "0" : "")\(milliseconds < 10 ? "0" : "")\(milliseconds)Z"
  }

  private func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
