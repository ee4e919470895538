import Configuration
import Foundation
import Testing

/// The manual pages and completions in share/ say what the programs and the table of keys say.
@Suite struct ManualTests {
  private static let share = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("share")

  private static let pages = ["man/man1/hush.1", "man/man8/hushd.8", "man/man5/hushd.yaml.5"]

  private static func files(_ root: URL) -> [String: String] {
    let names = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String }
    return (names ?? []).reduce(into: [:]) { files, name in
      let file = root.appendingPathComponent(name)
      files[name] = try? String(contentsOf: file, encoding: .utf8)
    }
  }

  @Test func whatIsCommittedIsOfTheSource() throws {
    let folder = URL(fileURLWithPath: NSTemporaryDirectory() + "hush-manual-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = try HushdProcess(
      [HushdProcess.folder, folder.path], program: HushdProcess.folder + "/hush-manual")
    #expect(process.wait() == 0, "\(process.errors)")
    let (made, committed) = (Self.files(folder), Self.files(Self.share))
    #expect(made.keys.sorted() == committed.keys.sorted())
    #expect(made.count == 9)
    for (name, text) in made {
      #expect(committed[name] == text, "share/\(name) is of another source; run make manual")
    }
  }

  @Test func everyKeyAndCommandIsTold() throws {
    let files = Self.files(Self.share)
    let keys = try #require(files["man/man5/hushd.yaml.5"])
    for key in Key.all {
      #expect(keys.contains("\n.TP\n\\fB\(key.name)\\fR\n"), "\(key.name)")
      #expect(keys.contains("(\(key.variable))"))
    }
    let hush = try #require(files["man/man1/hush.1"])
    for command in [
      "denoise", "model", "bench", "top", "status", "set", "events", "doctor", "devices",
    ] {
      #expect(hush.contains("\n.SS \"hush \(command)\"\n"), "\(command)")
    }
    #expect(hush.contains("\n.TP\n\\fB69\\fR\n"))
    let hushd = try #require(files["man/man8/hushd.8"])
    #expect(hushd.contains("\\fB\\-\\-print\\-config\\fR"))
    for shell in ["bash-completion/completions/hush", "zsh/site-functions/_hush"] {
      let script = try #require(files[shell])
      #expect(script.contains("doctor") && script.contains("--socket"))
    }
  }

  /// No macro that man does not know, none without its argument.
  @Test(arguments: pages) func manHasNothingToSay(page: String) throws {
    let path = Self.share.appendingPathComponent(page).path
    let checks = [
      ["mandoc", "-T", "lint", "-W", "warning", path], ["man", "--warnings", "-l", path],
    ]
    for check in checks {
      guard ["/usr/bin/", "/bin/"].contains(where: { access($0 + check[0], X_OK) == 0 }) else {
        continue
      }
      let process = try HushdProcess(
        Array(check.dropFirst()), environment: ["LC_ALL": "C.UTF-8", "MANROFFSEQ": ""],
        program: check[0])
      let status = process.wait()
      // Some systems are told to leave manual pages out, and man is a stub that says so.
      if check[0] == "man", status != 0 { continue }
      #expect(status == 0, "\(process.output) \(process.errors)")
      #expect(process.errors.isEmpty, "\(check[0]): \(process.errors)")
    }
  }
}
