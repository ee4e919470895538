import AudioIO
import Glibc

/// Ends the process on Ctrl-C and the like without leaving half a file.
enum Signals {
  private static let handled = [SIGINT, SIGTERM, SIGHUP]

  /// Call once, before any other thread is started.
  ///
  /// A thread waits for the signals, rather than a handler: a handler may do next to nothing, and
  /// this removes files under a lock.
  static func watch() {
    var set = sigset_t()
    sigemptyset(&set)
    var any = false
    for number in handled {
      // `nohup` and background jobs have some ignored on purpose.
      var action = sigaction()
      sigaction(number, nil, &action)
      if unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1 { continue }
      sigaddset(&set, number)
      any = true
    }
    guard any else { return }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    let waiting = set
    Threads.start {
      var set = waiting
      var number: Int32 = 0
      while sigwait(&set, &number) != 0 {}
      AtomicFile.removeUnfinished { die(by: number) }
    }
  }

  /// Ends the process by the signal's own action, which is what a shell looks at.
  static func die(by number: Int32) -> Never {
    signal(number, SIG_DFL)
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, number)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    kill(getpid(), number)
    _exit(128 + number)
  }
}
