import AudioIO
import Glibc
import Logging

/// How a log line looks.
enum LogStyle: Equatable {
  /// For systemd's journal, which keeps the time itself: `<6>message`.
  case journal
  /// For a person at a terminal.
  case terminal(colour: Bool)
  /// For a file or another program.
  case plain

  /// What suits where `descriptor` leads.
  init(_ descriptor: Int32, environment: [String: String]) {
    var information = stat()
    if let stream = environment["JOURNAL_STREAM"], fstat(descriptor, &information) == 0,
      stream == "\(information.st_dev):\(information.st_ino)"
    {
      self = .journal
    } else if isatty(descriptor) != 0 {
      let plain = environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
      self = .terminal(colour: !plain)
    } else {
      self = .plain
    }
  }

  /// One line, whatever the message holds.
  func line(_ level: Logger.Level, _ message: String) -> String {
    let message = singleLine(message)
    switch self {
    case .journal: return "<\(level.syslog)>\(message)"
    case .plain: return "\(localTime("%Y-%m-%dT%H:%M:%S%z")) \(level.padded) \(message)"
    case .terminal(let colour):
      let word = colour ? level.colour + level.padded + "\u{1B}[0m" : level.padded
      return "\(localTime("%H:%M:%S")) \(word) \(message)"
    }
  }
}

extension Logger.Level {
  /// The number `syslog` has for it.
  var syslog: Int {
    switch self {
    case .critical: 2
    case .error: 3
    case .warning: 4
    case .notice: 5
    case .info: 6
    case .debug, .trace: 7
    }
  }

  fileprivate var padded: String {
    rawValue + String(repeating: " ", count: max(0, 7 - rawValue.count))
  }

  fileprivate var colour: String {
    switch self {
    case .critical, .error: "\u{1B}[31m"
    case .warning: "\u{1B}[33m"
    case .notice: "\u{1B}[1m"
    case .info: "\u{1B}[32m"
    case .debug, .trace: "\u{1B}[2m"
    }
  }
}
