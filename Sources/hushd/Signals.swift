import Glibc
import UnixSignals

/// The signals the daemon listens to.
enum Signals {
  /// Heard from now on; before, they end the process.
  static func heard() async -> UnixSignalsSequence {
    await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup, .sigusr1)
  }

  static func event(_ signal: UnixSignal, _ terminal: Terminal) -> DaemonEvent? {
    switch signal {
    case .sigterm: .stop("SIGTERM")
    case .sigint: .stop("SIGINT")
    case .sighup: terminal.isGone ? .stop("the terminal is gone") : .reload
    case .sigusr1: .report
    default: nil
    }
  }
}
