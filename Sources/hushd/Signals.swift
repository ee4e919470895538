import Glibc
import UnixSignals

/// The signals the daemon listens to.
enum Signals {
  /// Heard from now on; before, they end the process.
  static func heard() async -> UnixSignalsSequence {
    await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup, .sigusr1)
  }

  static func event(_ signal: UnixSignal) -> DaemonEvent? {
    switch signal {
    case .sigterm: .stop("SIGTERM")
    case .sigint: .stop("SIGINT")
    case .sighup: .reload
    case .sigusr1: .report
    default: nil
    }
  }
}
