import AudioIO
import Configuration
import Glibc
import Logging
import Realtime
import Synchronization

/// Where all log lines go; threads may write at the same time.
final class LogOutput: Sendable {
  private struct State {
    var level = Logger.Level.info
    var limit = RepeatLimit()
  }

  let style: LogStyle
  private let state = Mutex(State())
  private let emit: @Sendable (String) -> Void

  init(
    style: LogStyle, emit: @escaping @Sendable (String) -> Void = { LogOutput.standardError($0) }
  ) {
    self.style = style
    self.emit = emit
  }

  /// The least important lines that are shown; it may change while the daemon runs.
  var level: Logger.Level {
    get { state.withLock { $0.level } }
    set { state.withLock { $0.level = newValue } }
  }

  /// A line that may be held back if its like was shown too often.
  func write(_ level: Logger.Level, _ message: String, now: UInt64 = MonotonicClock.now()) {
    let verdict = state.withLock { $0.limit.judge(message, now: now) }
    if verdict == .show { emit(style.line(level, message)) }
  }

  /// A line that somebody asked for.
  func answer(_ message: String) { emit(style.line(.notice, message)) }

  /// Tells what was held back; called now and then.
  func tellHeld(now: UInt64 = MonotonicClock.now()) {
    for held in state.withLock({ $0.limit.expired(now: now) }) {
      let lines = held.count == 1 ? "1 line" : "\(held.count) lines"
      emit(style.line(.notice, "held back \(lines) like: \(held.line)"))
    }
  }

  /// Who does not listen misses it; the sound goes on.
  static func standardError(_ line: String) { _ = writeFully(STDERR_FILENO, line + "\n") }
}

extension Logger.Level {
  init(_ level: DaemonSettings.LogLevel) {
    switch level {
    case .error: self = .error
    case .warning: self = .warning
    case .notice: self = .notice
    case .info: self = .info
    case .debug: self = .debug
    case .trace: self = .trace
    }
  }
}
