import AudioIO
import Realtime

/// Measures how late a device's thread wakes up; one thread's own.
///
/// A wake-up is due when the device has come to the end of a period. A thread that sleeps through
/// several of them counts as late for each: those it left out would have been late, too.
struct WakeMeter {
  private let histogram: LatencyHistogram
  /// Nanoseconds from one wake-up to the next.
  private let interval: UInt64
  private let period: Int
  private let rate: Double
  private var last: UInt64 = 0

  init(_ histogram: LatencyHistogram, period: Int, rate: Int) {
    self.histogram = histogram
    self.period = period
    self.rate = Double(rate)
    interval = UInt64(Double(period) / Double(rate) * 1e9)
  }

  /// The thread is awake and finds the device at a position.
  ///
  /// - Returns: when it should have woken up.
  mutating func woke(at now: UInt64, _ position: PCMPosition) -> UInt64 {
    last = now
    let beyond = Double(position.available - period) / rate * 1e9
    let late = beyond + Double(now &- min(position.time, now))
    let lateness = UInt64(max(late, 0))
    histogram.recordStalled(lateness, expectedInterval: interval)
    return now &- lateness
  }

  /// The device ran over or dry meanwhile and says nothing of when.
  mutating func overslept(at now: UInt64) {
    if last > 0, now &- last > interval {
      histogram.recordStalled(now &- last &- interval, expectedInterval: interval)
    }
    last = 0
  }
}
