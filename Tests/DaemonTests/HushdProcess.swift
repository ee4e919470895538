import Foundation
import Testing

/// The built `hushd`, run as a user or a service manager would.
final class HushdProcess {
  let id: pid_t
  private let place: String
  private var ended: Int32?

  /// The folder the tests were built into; the kernel knows where they were loaded from.
  static let folder: String = {
    let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
    for line in maps.split(separator: "\n") where line.hasSuffix("PackageTests.xctest") {
      if let start = line.firstIndex(of: "/") {
        return URL(fileURLWithPath: String(line[start...])).deletingLastPathComponent().path
      }
    }
    return ".build/debug"
  }()

  /// `journal`: its standard error is announced as systemd's journal. `terminal`: a device that
  /// becomes its standard input, and the terminal it is run in. `outlives`: it is
  /// started by `nohup`.
  init(
    _ arguments: [String], environment: [String: String] = [:], journal: Bool = false,
    terminal: String? = nil, outlives: Bool = false,
    program: String = HushdProcess.folder + "/hushd"
  ) throws {
    place = NSTemporaryDirectory() + "hushd-run-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    for name in ["out", "err"] { try Data().write(to: URL(fileURLWithPath: "\(place)/\(name)")) }
    var variables = environment
    variables["PATH"] = ProcessInfo.processInfo.environment["PATH"]
    variables["LD_LIBRARY_PATH"] = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"]
    if journal {
      var information = stat()
      stat(place + "/err", &information)
      variables["JOURNAL_STREAM"] = "\(information.st_dev):\(information.st_ino)"
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, terminal ?? "/dev/null", O_RDWR, 0)
    posix_spawn_file_actions_addopen(&actions, 1, place + "/out", O_WRONLY | O_APPEND, 0)
    posix_spawn_file_actions_addopen(&actions, 2, place + "/err", O_WRONLY | O_APPEND, 0)
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] =
      variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var started = pid_t()
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // POSIX_SPAWN_SETSID: the first terminal that is opened is then the session's.
    if terminal != nil { posix_spawnattr_setflags(&attributes, 0x80) }
    let program = !outlives ? program : "nohup"
    if outlives { words.insert(strdup("nohup"), at: 0) }
    try #require(posix_spawnp(&started, program, &actions, &attributes, &words, &settings) == 0)
    id = started
  }

  deinit {
    if ended == nil {
      kill(id, SIGKILL)
      _ = wait()
    }
    try? FileManager.default.removeItem(atPath: place)
  }

  /// The exit code, or 128 and the number of the signal.
  func wait() -> Int32 {
    if let ended { return ended }
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7f
    let code = signal == 0 ? (status >> 8) & 0xff : 128 + signal
    ended = code
    return code
  }

  var output: String { text("out") }
  var errors: [String] { text("err").split(separator: "\n").map(String.init) }

  private func text(_ name: String) -> String {
    (try? String(contentsOfFile: "\(place)/\(name)", encoding: .utf8)) ?? ""
  }
}
