import AudioIO
import Glibc
import Realtime
import Synchronization

/// Why a side cannot run now; it is tried again.
struct KeeperError: Error {
  /// For a person: what is wrong, and the mend.
  let line: String
}

/// What a keeper has opened and laid down for the thread that uses it.
struct Moored {
  /// How it came back, once it has; waits until then at most.
  let collect: (_ deadline: UInt64) -> Outcome?
  /// Asks for it back.
  let ask: () -> Void
  /// Whether sound flows through it.
  let flows: () -> Bool
  /// Whether it has come to its end by itself.
  let hasEnded: () -> Bool
  let close: () -> Void
  /// What went wrong, where more is known than the outcome's number.
  var trouble: () -> String? = { nil }
}

/// Looks after one side, on an ordinary thread: opens the device, hands it over, takes it back,
/// and tries again for ever, ever more slowly.
final class Keeper: @unchecked Sendable {
  let side: Side
  private let metrics: Metrics
  private let events: RecordRing<Event>
  private let open: () throws -> Moored
  private let backoff: Backoff
  private let present = Mutex(Report())
  private let isOver = Atomic(false)
  private let isStale = Atomic(false)
  private let isHurried = Atomic(false)
  private let wake = Wakeup()
  /// Rounds of the loop, so that waiting can be told from hanging.
  let rounds = Counter()

  struct Report: Equatable {
    var state = SideState.waiting
    /// Why it is not running; nil: it is, or is about to.
    var reason: String?
  }

  /// How often it looks after a device that runs.
  static let glance: UInt64 = 50_000_000
  /// A device that ran for so many of the shortest waits has earned one when it is lost: 1 s.
  static let proven: UInt64 = 10

  /// - Parameter open: opens the device and lays it down; throws where that cannot be now.
  init(
    _ side: Side, metrics: Metrics, events: RecordRing<Event>, backoff: Backoff,
    open: @escaping () throws -> Moored
  ) {
    self.side = side
    self.metrics = metrics
    self.events = events
    self.open = open
    self.backoff = backoff
  }

  var report: Report { present.withLock { $0 } }

  /// Gives the device up and ends.
  func end() {
    isOver.store(true, ordering: .releasing)
    wake.signal()
  }

  /// Opens anew, since what is wanted has changed.
  func replace() {
    isStale.store(true, ordering: .releasing)
    wake.signal()
  }

  /// Ends a wait for the next try, if there is one: what was missing has come.
  func hurry() {
    isHurried.store(true, ordering: .releasing)
    wake.signal()
  }

  /// The thread's life.
  func run() {
    var backoff = backoff
    var hasRun = false
    while !isOver.load(ordering: .acquiring) {
      isStale.store(false, ordering: .releasing)
      rounds.add()
      let moored: Moored
      do {
        moored = try open()
      } catch {
        let line = (error as? KeeperError)?.line ?? "\(error)"
        set(hasRun ? .recovering : .waiting, line)
        pause(backoff.wait())
        continue
      }
      if hasRun { metrics[side].reopenings.add(1) }
      hasRun = true
      set(.starting)
      let begun = MonotonicClock.now()
      let outcome = watch(moored)
      let isDone = moored.hasEnded()
      moored.close()
      if isDone { break }
      if MonotonicClock.now() &- begun > Self.proven &* backoff.first { backoff.reset() }
      if case .lost(let number) = outcome {
        _ = events.write(Event(.lost, side, Int64(number)))
        set(.recovering, moored.trouble() ?? Self.reason(number))
        pause(backoff.wait())
      } else {
        backoff.reset()
      }
    }
    set(.stopped)
  }

  private func watch(_ moored: Moored) -> Outcome {
    var hasAsked = false
    while true {
      rounds.add()
      if let outcome = moored.collect(MonotonicClock.now() &+ Self.glance) { return outcome }
      if moored.flows(), report.state == .starting { set(.running) }
      let isUnwanted =
        isOver.load(ordering: .acquiring) || isStale.load(ordering: .acquiring)
      if isUnwanted, !hasAsked {
        hasAsked = true
        moored.ask()
      }
    }
  }

  private func pause(_ length: UInt64) {
    let until = MonotonicClock.now() &+ length
    while !isOver.load(ordering: .acquiring), !isStale.load(ordering: .acquiring) {
      rounds.add()
      let now = MonotonicClock.now()
      if now >= until || isHurried.exchange(false, ordering: .acquiring) { return }
      _ = wake.wait(until: min(until, now &+ 250_000_000))
    }
  }

  private func set(_ state: SideState, _ reason: String? = nil) {
    let isNew = present.withLock { report in
      defer { report = Report(state: state, reason: reason) }
      return report.state != state
    }
    if isNew { _ = events.write(Event(.state, side, Int64(state.rawValue))) }
  }

  static func reason(_ number: Int32) -> String {
    switch number {
    case ENODEV, ENXIO, ENOENT: "the device is gone"
    case ETIMEDOUT: "the device stands still"
    case EPIPE: "the reader went away"
    default: "the device failed: \(String(cString: strerror(number)))"
    }
  }
}
