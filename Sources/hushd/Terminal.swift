import Glibc

/// The terminal `hushd` was started in. When its window is closed, SIGHUP comes too, and then means
/// the end: a microphone must not stay open where nobody sees it.
struct Terminal: Sendable {
  private let isWatched: Bool

  /// Call before any signal is listened to.
  init() {
    var action = sigaction()
    sigaction(SIGHUP, nil, &action)
    // `nohup` has it ignored: then it is to outlive the terminal.
    let isIgnored = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    isWatched = !isIgnored && Terminal.isThere
  }

  /// Whether there was one and is no more.
  var isGone: Bool { isWatched && !Terminal.isThere }

  private static var isThere: Bool {
    let descriptor = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)
    if descriptor >= 0 { close(descriptor) }
    return descriptor >= 0
  }
}
