import Glibc
import Synchronization

/// Where the signal handler writes.
private let signalDescriptor = Atomic<Int32>(-1)

private func handle(_ number: Int32) {
  let before = errno
  var byte = UInt8(truncatingIfNeeded: number)
  write(signalDescriptor.load(ordering: .relaxed), &byte, 1)
  errno = before
}

/// Signals, and other news, as bytes that a loop can wait for together with keys.
final class SignalPipe: Sendable {
  /// Readable when there is news.
  let descriptor: Int32
  private let input: Int32

  static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
  private static let handled = ending + [SIGTSTP, SIGCONT, SIGWINCH]

  init?() {
    guard let ends = Pipe.ends() else { return nil }
    (descriptor, input) = ends
    signalDescriptor.store(input, ordering: .relaxed)
    for number in Self.handled { Self.catchAgain(number) }
    // Whoever started this may have had them blocked.
    var set = sigset_t()
    sigemptyset(&set)
    for number in Self.handled { sigaddset(&set, number) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  /// What `nohup` and the like have ignored stays ignored.
  static func catchAgain(_ number: Int32) {
    var action = sigaction()
    sigaction(number, nil, &action)
    if unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1 { return }
    action.__sigaction_handler.sa_handler = handle
    action.sa_flags = Int32(SA_RESTART)
    sigemptyset(&action.sa_mask)
    sigaction(number, &action, nil)
  }

  /// Wakes the loop up: a byte of 0.
  func nudge() {
    var byte: UInt8 = 0
    write(input, &byte, 1)
  }

  /// What has come; 0 is a nudge, others are signals.
  func take() -> [Int32] {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(descriptor, &bytes, bytes.count)
    return bytes.prefix(max(0, count)).map { Int32($0) }
  }
}

/// A pipe that nobody waits at and no other program inherits.
enum Pipe {
  static func ends() -> (output: Int32, input: Int32)? {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    return (ends[0], ends[1])
  }
}
