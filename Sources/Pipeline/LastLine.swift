import Synchronization

/// What a thread that is not a real-time one has said last.
final class LastLine: Sendable {
  private let line = Mutex<String?>(nil)

  var value: String? {
    get { line.withLock { $0 } }
    set { line.withLock { $0 = newValue } }
  }
}
