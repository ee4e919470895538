import Glibc
import Pipeline
import Synchronization

/// Takes the pipeline's events to the server's thread.
///
/// Any thread may post, and is not held up: what the server does not fetch in time is dropped and
/// counted.
public final class EventFeed: Sendable {
  private struct State {
    var waiting: [Event] = []
    var dropped: UInt64 = 0
  }
  private let state = Mutex(State())
  /// Rung when there is something to fetch; readable by `poll`.
  let bell: Int32
  private let rope: Int32

  /// Events that wait for the server at most.
  static let capacity = 4096

  public init() {
    var ends: [Int32] = [-1, -1]
    pipe(&ends)
    for end in ends where end >= 0 {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    (bell, rope) = (ends[0], ends[1])
  }

  deinit { for end in [bell, rope] where end >= 0 { close(end) } }

  /// Adds an event.
  public func post(_ event: Event) {
    let isFirst = state.withLock { state in
      guard state.waiting.count < Self.capacity else {
        state.dropped += 1
        return false
      }
      state.waiting.append(event)
      return state.waiting.count == 1
    }
    if isFirst { ring() }
  }

  /// Wakes the server's thread.
  func ring() {
    // Full: then it rings already.
    var sound: UInt8 = 1
    _ = write(rope, &sound, 1)
  }

  /// All there is, and how many had to be dropped since the last time.
  func fetch() -> (events: [Event], dropped: UInt64) {
    // Before what there is is taken, so that what comes after rings again.
    var sounds: (UInt64, UInt64) = (0, 0)
    _ = read(bell, &sounds, 16)
    return state.withLock { state in
      defer { state = State() }
      return (state.waiting, state.dropped)
    }
  }
}
