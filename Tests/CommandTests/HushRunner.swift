import Foundation
import ModelSupport
import Testing

/// Runs the built `hush` as a user would.
enum Hush {
  struct Outcome {
    /// The exit code, or 128 and the number of the signal, as a shell has it.
    var status: Int32
    var output: Data
    var errors: String
    var text: String { String(decoding: output, as: UTF8.self) }
    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
  }

  /// The program lies beside the tests; the kernel knows where those were loaded from.
  static let path: String = {
    let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
    for line in maps.split(separator: "\n") where line.hasSuffix("PackageTests.xctest") {
      if let start = line.firstIndex(of: "/") {
        let bundle = URL(fileURLWithPath: String(line[start...]))
        return bundle.deletingLastPathComponent().appendingPathComponent("hush").path
      }
    }
    return ".build/debug/hush"
  }()

  static func run(_ arguments: String..., input: Data = Data()) throws -> Outcome {
    try run([path] + arguments, input: input)
  }

  /// `hush denoise` with the tiny model.
  static func denoise(_ arguments: String..., input: Data = Data()) throws -> Outcome {
    try run([path, "denoise", "--model", TinyModel.path] + arguments, input: input)
  }

  /// A command line of the shell in which `$HUSH` is the program, and `$DENOISE` is
  /// `hush denoise` with the tiny model.
  static func shell(_ script: String) throws -> Outcome {
    let names = "HUSH='\(path)'; DENOISE=\"$HUSH denoise --model \(TinyModel.path)\"; "
    return try run(["/bin/sh", "-c", names + script], input: Data())
  }

  /// Starts a program with its streams redirected to files, which never fill up as pipes do.
  private static func run(_ command: [String], input: Data) throws -> Outcome {
    let place = try Scratch()
    let names = ["in", "out", "err"].map(place.path)
    try input.write(to: URL(fileURLWithPath: names[0]))
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, names[0], O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, names[1], O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, names[2], O_WRONLY | O_CREAT, 0o600)
    var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var process = pid_t()
    try #require(posix_spawn(&process, command[0], &actions, nil, words, environ) == 0)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let signal = status & 0x7f
    return Outcome(
      status: signal == 0 ? (status >> 8) & 0xff : 128 + signal,
      output: try Data(contentsOf: URL(fileURLWithPath: names[1])),
      errors: String(
        decoding: try Data(contentsOf: URL(fileURLWithPath: names[2])), as: UTF8.self))
  }
}

/// A directory that goes when the test ends.
final class Scratch {
  let root: String

  init() throws {
    root = NSTemporaryDirectory() + "hush-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  func path(_ name: String) -> String { root + "/" + name }

  /// All there is, hidden files included.
  func names(in directory: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(directory)).sorted()
  }
}
