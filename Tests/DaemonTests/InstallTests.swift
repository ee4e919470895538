import Foundation
import Testing

/// `make install` and `make uninstall`, with what the tests were built with.
@Suite struct InstallTests {
  private static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  private func make(_ target: String, _ root: String) throws {
    // `-o build`: what is built is taken as it is.
    let process = try HushdProcess(
      [
        "-C", InstallTests.repository, "-o", "build", target, "DESTDIR=\(root)", "prefix=/opt/hush",
        "BUILD=\(HushdProcess.folder)",
      ], program: "make")
    let status = process.wait()
    #expect(status == 0, "\(process.errors)")
  }

  private func files(_ root: String) -> [String] {
    let all = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return all.filter {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: root + "/" + $0, isDirectory: &isFolder)
      return !isFolder.boolValue
    }.sorted()
  }

  private func temporary() throws -> String {
    let root = NSTemporaryDirectory() + "hushd-install-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    return root
  }

  @Test func installsAndLeavesNothing() throws {
    let root = try temporary()
    defer { try? FileManager.default.removeItem(atPath: root) }
    try make("install", root)
    let there = files(root)
    for name in [
      "opt/hush/bin/hush", "opt/hush/bin/hushd", "etc/hushd.yaml",
      "opt/hush/share/doc/hush/virtual-microphone/asound.conf", "opt/hush/share/man/man1/hush.1",
      "opt/hush/share/man/man5/hushd.yaml.5", "opt/hush/share/man/man8/hushd.8",
      "opt/hush/share/bash-completion/completions/hushd", "opt/hush/share/zsh/site-functions/_hush",
      "opt/hush/share/fish/vendor_completions.d/hush.fish",
    ] {
      #expect(there.contains(name), "\(there)")
    }
    #expect(!there.contains("etc/hushd.yaml.example"))
    if FileManager.default.fileExists(
      atPath: InstallTests.repository + "/systemd/hushd.service.in")
    {
      let unit = try String(
        contentsOfFile: root + "/opt/hush/lib/systemd/system/hushd.service", encoding: .utf8)
      #expect(unit.contains("ExecStart=/opt/hush/bin/hushd --config /etc/hushd.yaml"))
      #expect(!unit.contains("@bindir@") && !unit.contains("@sysconfdir@"))
    }
    try make("uninstall", root)
    #expect(files(root).isEmpty)
  }

  @Test func anEditedConfigurationStays() throws {
    let root = try temporary()
    defer { try? FileManager.default.removeItem(atPath: root) }
    let path = root + "/etc/hushd.yaml"
    try FileManager.default.createDirectory(
      atPath: root + "/etc", withIntermediateDirectories: true)
    try Data("denoise: {strength: 6}\n".utf8).write(to: URL(fileURLWithPath: path))
    try make("install", root)
    #expect(files(root).contains("etc/hushd.yaml.example"))
    try make("uninstall", root)
    #expect(files(root) == ["etc/hushd.yaml"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "denoise: {strength: 6}\n")
  }
}
