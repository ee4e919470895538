import Foundation
import VirtualCardSupport

/// A program that was started here.
final class Child {
  let id: pid_t
  private var ended: Int32?

  /// - Parameter log: where its standard error goes.
  init(_ words: [String], environment: [String: String] = [:], log: String = "/dev/null") throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_RDWR, 0)
    posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // POSIX_SPAWN_SETPGROUP: so that its own children can be ended with it.
    posix_spawnattr_setflags(&attributes, 0x02)
    var variables = ProcessInfo.processInfo.environment
    variables.merge(environment) { $1 }
    var arguments = words.map { strdup($0) } + [nil]
    var settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in arguments + settings { free(text) } }
    var started = pid_t()
    let result = posix_spawnp(
      &started, words[0], &actions, &attributes, &arguments, &settings)
    guard result == 0 else {
      throw Problem("\(words[0]): cannot be started: \(String(cString: strerror(result)))")
    }
    id = started
  }

  deinit { end() }

  var isAlive: Bool {
    var status: Int32 = 0
    guard ended == nil else { return false }
    if waitpid(id, &status, WNOHANG) == id { ended = Self.code(status) }
    return ended == nil
  }

  /// The exit code, or 128 and the number of the signal; ends it by force after so many seconds.
  func wait(seconds: Double) -> Int32 {
    let end = VirtualCard.now() + UInt64(seconds * 1e9)
    while isAlive, VirtualCard.now() < end { usleep(5000) }
    if let ended { return ended }
    self.end()
    return 128 + SIGKILL
  }

  /// Ends it, and what it started, at once.
  func end() {
    guard isAlive else { return }
    kill(-id, SIGKILL)
    var status: Int32 = 0
    waitpid(id, &status, 0)
    ended = Self.code(status)
  }

  private static func code(_ status: Int32) -> Int32 {
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }
}

struct Problem: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// `hushd`, and what it says.
final class Daemon {
  private let child: Child
  private let log: String
  private var taken = 0

  init(_ program: String, _ arguments: [String]) throws {
    log = NSTemporaryDirectory() + "hush-soak-\(getpid()).log"
    unlink(log)
    child = try Child(
      [program] + arguments, environment: ["ALSA_CONFIG_PATH": ALSAConfiguration.path], log: log)
  }

  deinit { unlink(log) }

  var id: pid_t { child.id }
  var isAlive: Bool { child.isAlive }

  /// The figures it tells on SIGUSR1; nil where none come.
  func figures() -> [String: String]? {
    taken = size
    kill(id, SIGUSR1)
    for _ in 0..<200 {
      usleep(5000)
      for line in text(from: taken).split(separator: "\n").reversed() {
        guard let place = line.range(of: "figures: ") else { continue }
        // A line that is written in two pieces is not all there yet.
        guard line.contains("output_frames=") else { continue }
        let pairs = line[place.upperBound...].split(separator: " ").map { $0.split(separator: "=") }
        return Dictionary(
          pairs.filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) },
          uniquingKeysWith: { first, _ in first })
      }
      if !isAlive { return nil }
    }
    return nil
  }

  /// Tells it to end; its exit code.
  func stop() -> Int32 {
    if isAlive { kill(id, SIGTERM) }
    return child.wait(seconds: 10)
  }

  /// The last it said that is no figure.
  var tail: String {
    text(from: 0).split(separator: "\n").filter { !$0.contains("figures: ") }.suffix(20)
      .joined(separator: "\n")
  }

  private var size: Int {
    ((try? FileManager.default.attributesOfItem(atPath: log))?[.size] as? Int) ?? 0
  }

  private func text(from offset: Int) -> String {
    guard let file = FileHandle(forReadingAtPath: log) else { return "" }
    defer { try? file.close() }
    try? file.seek(toOffset: UInt64(offset))
    return String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
  }
}

/// Work for both cores and for the memory.
final class Load {
  private let child: Child

  init(seconds: Double) throws {
    child = try Child([
      "stress-ng", "--cpu", "2", "--vm", "1", "--vm-bytes", "256M", "--timeout",
      "\(Int(seconds))s", "--quiet",
    ])
    usleep(300_000)
    guard child.isAlive else { throw Problem("stress-ng does not run") }
  }

  func end() { child.end() }
}
