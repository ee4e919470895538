import Glibc
import Pipeline

/// Decides when the service manager's watchdog is fed: while sound moves, or while the thread that
/// opens devices goes its rounds and says honestly that it waits for one.
struct Watchdog {
  private let interval: UInt64
  private var fed: UInt64?
  private var hops: UInt64 = 0
  private var rounds: UInt64 = 0

  /// `limit`: nanoseconds after which the manager takes the daemon for dead.
  init(limit: UInt64) { interval = limit / 4 }

  /// From `WATCHDOG_USEC`; nil where there is no watchdog, or it is another process's.
  init?(environment: [String: String], process: Int32 = getpid()) {
    guard let text = environment["WATCHDOG_USEC"], let limit = UInt64(text), limit > 0,
      limit < UInt64.max / 1000
    else { return nil }
    if let owner = environment["WATCHDOG_PID"], owner != "\(process)" { return nil }
    self.init(limit: limit * 1000)
  }

  mutating func mayFeed(_ status: EngineStatus, now: UInt64) -> Bool {
    if let fed, elapsed(since: fed, now) < interval { return false }
    let moves = fed == nil || status.hops != hops
    let waits =
      [status.capture.state, status.output.state].contains { $0 == .waiting || $0 == .recovering }
      && status.rounds != rounds
    guard moves || waits else { return false }
    fed = now
    hops = status.hops
    rounds = status.rounds
    return true
  }
}
