import Foundation

/// A program that can be asked what it takes.
struct Program {
  /// As ArgumentParser dumps it.
  struct Command: Decodable {
    struct Argument: Decodable {
      struct Name: Decodable {
        let kind: String
        let name: String
      }
      let kind: String
      let names: [Name]?
      let valueName: String?
      let abstract: String?
      let shouldDisplay: Bool
      let isOptional: Bool
      let isRepeating: Bool
      let defaultValue: String?
    }
    let commandName: String
    let abstract: String?
    let discussion: String?
    let arguments: [Argument]?
    let subcommands: [Command]?
  }

  struct Trouble: Error, CustomStringConvertible {
    let description: String
  }

  let name: String
  let command: Command
  let version: String
  private let file: URL

  init(_ name: String, in folder: String) throws {
    struct Dump: Decodable {
      let command: Command
    }
    self.name = name
    file = URL(fileURLWithPath: folder).appendingPathComponent(name)
    let text = try Self.output(file, ["--experimental-dump-help"])
    command = try JSONDecoder().decode(Dump.self, from: Data(text.utf8)).command
    version = try Self.output(file, ["--version"]).trimmed
  }

  func output(_ arguments: String...) throws -> String { try Self.output(file, arguments) }

  /// The lines behind USAGE: in its help, which the dump leaves out.
  func usage(_ subcommand: String?) throws -> [String] {
    let help = try Self.output(file, (subcommand.map { [$0] } ?? []) + ["--help"])
    var lines: [String] = []
    var isInside = false
    for line in help.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("USAGE: ") {
        isInside = true
        lines.append(String(line.dropFirst(7)))
      } else if isInside, line.isEmpty {
        break
      } else if isInside {
        lines.append(line.trimmingCharacters(in: .whitespaces))
      }
    }
    // One that was broken for its length goes on until the next that begins with the name.
    return lines.reduce(into: []) { whole, line in
      if line.hasPrefix(name) || whole.isEmpty {
        whole.append(line)
      } else {
        whole[whole.count - 1] += " " + line
      }
    }
  }

  private static func output(_ file: URL, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = file
    process.arguments = arguments
    // Help is as wide as the window that it is asked in.
    process.environment = ["COLUMNS": "80", "LC_ALL": "C"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Trouble(description: "\(file.path) \(arguments.joined(separator: " ")): failed")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
