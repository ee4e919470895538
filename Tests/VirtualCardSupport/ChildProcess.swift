import Glibc

/// A program that runs beside a test.
final class ChildProcess {
  private let number: pid_t

  /// Nil where it cannot be started. Its output goes nowhere.
  init?(_ arguments: [String], environment: [String: String] = [:]) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in 0...2 as ClosedRange<Int32> {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    var words = arguments.map { strdup($0) }
    var settings = environment.map { strdup("\($0.key)=\($0.value)") }
    settings.append(strdup("PATH=\(getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin")"))
    defer { for text in words + settings { free(text) } }
    words.append(nil)
    settings.append(nil)
    var started: pid_t = 0
    guard posix_spawnp(&started, arguments[0], &actions, nil, words, settings) == 0 else {
      return nil
    }
    number = started
  }

  deinit { end() }

  private var isOver = false

  /// Ends it at once, and waits until it is gone.
  func end() {
    guard !isOver else { return }
    isOver = true
    kill(number, SIGKILL)
    var status: Int32 = 0
    waitpid(number, &status, 0)
  }
}
