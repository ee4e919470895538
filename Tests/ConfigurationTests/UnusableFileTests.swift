import Foundation
import Testing

@testable import Configuration

/// Files that are no configuration at all.
@Suite struct UnusableFileTests {
  private func message(_ bytes: [UInt8]) throws -> String {
    let path = NSTemporaryDirectory() + "hushd-" + UUID().uuidString + ".yaml"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let error = try #require(throws: ConfigurationError.self) { try Configuration(path: path) }
    #expect(!error.description.contains("\n"))
    return error.description.replacing(path, with: "FILE")
  }

  @Test func missing() throws {
    let error = try #require(throws: ConfigurationError.self) {
      try Configuration(path: "/nowhere/hushd.yaml")
    }
    #expect(
      error.description
        == "/nowhere/hushd.yaml: no such file; check its name, or leave it out to have the defaults"
    )
  }

  @Test func directory() throws {
    let error = try #require(throws: ConfigurationError.self) { try Configuration(path: "/tmp") }
    #expect(error.description == "/tmp: is a directory; name the file in it")
  }

  @Test(arguments: ["", "\n\n", "  \n\t\n"]) func empty(_ text: String) throws {
    #expect(
      try message(Array(text.utf8))
        == "FILE: is empty; put settings into it, or remove it to have the defaults")
  }

  @Test func huge() throws {
    let bytes = Array(repeating: UInt8(ascii: "#"), count: 300_000)
    #expect(
      try message(bytes)
        == "FILE: is larger than 256 KiB, too large for a configuration; name the right file")
  }

  @Test func endless() throws {
    let error = try #require(throws: ConfigurationError.self) {
      try Configuration(path: "/dev/zero")
    }
    #expect(error.description.contains("too large"))
  }

  /// Within the size that is read, nothing nests so deep that the stack ends.
  @Test func deep() throws {
    let text = "capture:\n  channels: " + String(repeating: "[", count: 200_000)
    #expect(try message(Array(text.utf8)).hasPrefix("FILE:2:"))
  }

  /// Doubling by aliases must not take for ever.
  @Test(.timeLimit(.minutes(1))) func aliasesUponAliases() throws {
    var text = "x0: &x0 [a]\n"
    for i in 1...60 { text += "x\(i): &x\(i) [*x\(i - 1), *x\(i - 1)]\n" }
    #expect(try message(Array(text.utf8)).contains("'x0' is not a key"))
  }

  @Test func commentsAloneAreTheDefaults() throws {
    let configuration = try Configuration(text: "# nothing yet\n", path: "x")
    #expect(configuration.settings == DaemonSettings())
  }

  /// A section of which all is commented out.
  @Test func emptySection() throws {
    let configuration = try Configuration(text: "capture:\n  # device: hw:1\nlog:\n", path: "x")
    #expect(configuration.settings == DaemonSettings())
  }
}
