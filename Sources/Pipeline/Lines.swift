import Synchronization

/// Lines from threads that are not real-time ones; the last few are kept.
final class Lines: Sendable {
  private let lines = Mutex<[String]>([])

  func add(_ line: String) {
    lines.withLock { all in
      if all.count >= 64 { all.removeFirst() }
      all.append(line)
    }
  }

  var latest: String? { lines.withLock { $0.last } }
}
