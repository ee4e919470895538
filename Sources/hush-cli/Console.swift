import AudioIO
import Glibc
import Synchronization

/// Lines for people. Threads may write at the same time; lines stay whole, and the progress bar
/// makes way for them.
final class Console: Sendable {
  static let shared = Console()

  /// How long the bar on the terminal is now; 0 when there is none.
  private let barLength = Mutex(0)
  private let isTerminal = isatty(STDERR_FILENO) != 0

  /// Whether a progress bar can be seen.
  var showsProgress: Bool { isTerminal }

  /// One line on standard error.
  func note(_ line: String) { emit(line, to: STDERR_FILENO) }

  /// Text on standard output, the answer to the command. A reader that went away is no error: the
  /// work itself is done.
  func answer(_ text: String) { emit(text, to: STDOUT_FILENO) }

  private func emit(_ text: String, to descriptor: Int32) {
    barLength.withLock { length in
      if length > 0 {
        Console.write("\r" + String(repeating: " ", count: length) + "\r", STDERR_FILENO)
      }
      length = 0
      Console.write(text + "\n", descriptor)
    }
  }

  func bar(_ text: String) {
    barLength.withLock { length in
      let blank = String(repeating: " ", count: max(0, length - text.count))
      Console.write("\r" + text + blank, STDERR_FILENO)
      length = text.count
    }
  }

  func clearBar() {
    barLength.withLock { length in
      if length > 0 {
        Console.write("\r" + String(repeating: " ", count: length) + "\r", STDERR_FILENO)
      }
      length = 0
    }
  }

  /// Whom it cannot be told, it is not told.
  private static func write(_ text: String, _ descriptor: Int32) {
    _ = writeFully(descriptor, text)
  }
}
