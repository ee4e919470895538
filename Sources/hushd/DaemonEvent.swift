/// What wakes the daemon's main loop.
enum DaemonEvent: Equatable, Sendable {
  /// Time has passed; CLOCK_MONOTONIC, nanoseconds.
  case tick(UInt64)
  /// The configuration is to be read anew (SIGHUP).
  case reload
  /// A status line is wanted (SIGUSR1).
  case report
  /// An end is wanted; the name of the signal.
  case stop(String)
  /// The engine has stopped.
  case stopped
}
