import Synchronization

@testable import hushd

/// Keeps what the service manager and the reader of the log got.
final class Spy: Notifying {
  private let kept = Mutex((notes: [Note](), lines: [String]()))

  func send(_ notes: [Note]) { kept.withLock { $0.notes += notes } }
  func log(_ line: String) { kept.withLock { $0.lines.append(line) } }

  /// All since the last time.
  func notes() -> [Note] {
    kept.withLock { kept in
      defer { kept.notes = [] }
      return kept.notes
    }
  }

  func lines() -> [String] {
    kept.withLock { kept in
      defer { kept.lines = [] }
      return kept.lines
    }
  }
}
