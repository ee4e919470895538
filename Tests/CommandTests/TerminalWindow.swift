import Foundation
import Synchronization
import Testing

/// A terminal window with `hush` in it.
final class TerminalWindow {
  let id: pid_t
  private let master: Int32
  private let slave: Int32
  private let written = Written()
  private var ended: Int32?

  init(
    _ arguments: [String], columns: Int = 80, rows: Int = 24, environment: [String: String] = [:]
  )
    throws
  {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    try #require(master >= 0)
    // TIOCSPTLCK and TIOCGPTN, which Swift does not see: unlock the other end, and which is it?
    var (locked, number): (Int32, UInt32) = (0, 0)
    try #require(ioctl(master, 0x4004_5431, &locked) == 0)
    try #require(ioctl(master, 0x8004_5430, &number) == 0)
    let name = "/dev/pts/\(number)"
    slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, number, name, O_RDWR, 0)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // POSIX_SPAWN_SETSID: the terminal that is opened becomes the session's.
    posix_spawnattr_setflags(&attributes, 0x80)
    let (master, written) = (master, written)
    Thread.detachNewThread { written.take(from: master) }
    var variables = ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8"]
    variables.merge(environment) { $1 }
    var words = ([Hush.path] + arguments).map { strdup($0) } + [nil]
    var settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var started = pid_t()
    try #require(
      posix_spawn(&started, Hush.path, &actions, &attributes, &words, &settings) == 0)
    id = started
  }

  deinit {
    if ended == nil {
      kill(id, SIGKILL)
      var status: Int32 = 0
      waitpid(id, &status, 0)
    }
    // The other end goes with the thread that reads it.
    close(slave)
  }

  func type(_ keys: String) {
    _ = Array(keys.utf8).withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
  }

  /// All that was ever written to it.
  var text: String { String(decoding: written.bytes, as: UTF8.self) }

  /// Bytes written so far.
  var mark: Int { written.bytes.count }

  /// Waits until what was written since `mark` has `wanted` in it.
  func shows(_ wanted: String, since mark: Int = 0, seconds: Double = 8) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    let wanted = Data(wanted.utf8)
    repeat {
      if Data(written.bytes.dropFirst(mark)).range(of: wanted) != nil { return true }
      usleep(20_000)
    } while Date() < end
    return false
  }

  /// The exit code, or 128 and the signal; nil: it does not end.
  func end(seconds: Double = 8) -> Int32? {
    let end = Date().addingTimeInterval(seconds)
    var status: Int32 = 0
    while Date() < end {
      guard waitpid(id, &status, WNOHANG) == id else {
        usleep(5000)
        continue
      }
      // What it wrote last.
      usleep(50_000)
      let signal = status & 0x7f
      ended = signal == 0 ? (status >> 8) & 0xff : 128 + signal
      return ended
    }
    return nil
  }

  /// Waits until it is stopped, as by Ctrl-Z.
  func isStopped(seconds: Double = 8) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    var status: Int32 = 0
    while Date() < end {
      usleep(5000)
      if waitpid(id, &status, WNOHANG | WUNTRACED) == id { return status & 0xff == 0x7f }
    }
    return false
  }

  /// The terminal's settings, in figures.
  var settings: [UInt32] {
    var settings = termios()
    tcgetattr(slave, &settings)
    let keys = withUnsafeBytes(of: settings.c_cc) { Array($0).map(UInt32.init) }
    return [settings.c_iflag, settings.c_oflag, settings.c_cflag, settings.c_lflag] + keys
  }
}

/// What a window shows, taken from it all the time: else the program would wait for room.
private final class Written: Sendable {
  private let state = Mutex<[UInt8]>([])

  var bytes: [UInt8] { state.withLock { $0 } }

  func take(from descriptor: Int32) {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &bytes, bytes.count)
      guard count > 0 else {
        close(descriptor)
        return
      }
      let new = bytes[..<count]
      state.withLock { $0 += new }
    }
  }
}
