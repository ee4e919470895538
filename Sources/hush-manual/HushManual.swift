import ArgumentParser
import Configuration
import Foundation

/// Writes the manual pages and the shells' completions from what the programs say of themselves and
/// from the configuration's table of keys. It is not installed; `make manual` runs it, and a test
/// that what is committed is what it writes.
@main struct HushManual: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hush-manual",
    abstract: "Writes the manual pages and the completions into a folder laid out as share/.")

  @Argument(help: ArgumentHelp("Where hush and hushd were built.", valueName: "folder"))
  var programs: String

  @Argument(help: ArgumentHelp("What becomes share/.", valueName: "folder"))
  var share: String

  func run() throws {
    let hush = try Program("hush", in: programs)
    let hushd = try Program("hushd", in: programs)
    try write("man/man1/hush.1", CommandPage(hush, section: 1, seeAlso: hushSeeAlso).text())
    try write("man/man8/hushd.8", CommandPage(hushd, section: 8, seeAlso: hushdSeeAlso).text())
    try write("man/man5/hushd.yaml.5", KeyPage(version: hushd.version).text)
    for program in [hush, hushd] {
      for (shell, place) in [
        ("bash", "bash-completion/completions/\(program.name)"),
        ("zsh", "zsh/site-functions/_\(program.name)"),
        ("fish", "fish/vendor_completions.d/\(program.name).fish"),
      ] {
        try write(place, program.output("--generate-completion-script", shell))
      }
    }
  }

  private var hushSeeAlso: [String] { ["hushd(8)", "hushd.yaml(5)", "pw-top(1)", "arecord(1)"] }
  private var hushdSeeAlso: [String] { ["hush(1)", "hushd.yaml(5)", "systemd.service(5)"] }

  private func write(_ place: String, _ text: String) throws {
    let file = URL(fileURLWithPath: share).appendingPathComponent(place)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      var line = line
      while line.last == " " { line.removeLast() }
      return line
    }
    try Data((lines.joined(separator: "\n").trimmed + "\n").utf8).write(to: file)
  }
}

extension String {
  /// Without empty lines at its ends.
  var trimmed: String { trimmingCharacters(in: .newlines) }
}
