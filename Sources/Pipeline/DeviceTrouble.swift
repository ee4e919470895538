import AudioIO
import Glibc
import Realtime

/// What a real-time thread makes of a device that gives trouble, the same on both sides: it counts
/// and tells it, and says whether to start the device anew or to give it up.
struct DeviceTrouble {
  enum Verdict {
    /// Nothing is wrong.
    case none
    case restart
    /// Of no use any more (an `errno`).
    case lost(Int32)
  }

  /// Waits of 100 ms in a row without sound before the device is started anew.
  static let patience = 10
  /// How many of them, or of starts without sound between them, before it is given up.
  static let endurance = 30

  private let side: Side
  private let metrics: Metrics.SideMetrics
  private let events: RecordRing<Event>
  private var silentWaits = 0
  private var restarts = 0

  init(_ side: Side, _ metrics: Metrics, _ events: RecordRing<Event>) {
    self.side = side
    self.metrics = metrics[side]
    self.events = events
  }

  /// The device called.
  mutating func woke() { silentWaits = 0 }

  /// Sound came or went.
  mutating func progressed() { restarts = 0 }

  /// The device did not call for 100 ms.
  mutating func timedOut() -> Verdict {
    silentWaits += 1
    if silentWaits >= Self.endurance { return .lost(ETIMEDOUT) }
    guard silentWaits.isMultiple(of: Self.patience) else { return .none }
    metrics.stalls.add(1)
    note(.stalled, Int64(silentWaits * 100))
    return .restart
  }

  /// A call on the device did not do what it should.
  mutating func judge(_ result: PCMResult) -> Verdict {
    switch result {
    case .xrun:
      metrics.xruns.add(1)
      note(.xrun)
    case .suspended:
      metrics.suspends.add(1)
      note(.suspended)
      // The driver is still waking up.
      MonotonicClock.sleep(until: MonotonicClock.now() &+ 10_000_000)
    case .lost(let number): return .lost(number)
    case .frames, .timeout: return .none
    }
    restarts += 1
    // Nothing but trouble: no thread of this priority may spin on it.
    return restarts > Self.endurance ? .lost(EIO) : .restart
  }

  private func note(_ kind: Event.Kind, _ value: Int64 = 0) {
    _ = events.write(Event(kind, side, value))
  }
}
