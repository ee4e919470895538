import Foundation
import Testing

@testable import hushd

/// What arrives at the service manager's socket.
@Suite struct NotifierTests {
  private func exchange(_ name: String, path: String?, _ notes: [Note]) throws -> String {
    let manager = try DatagramSocket(name)
    let notifier = try #require(Notifier(socket: name))
    notifier.send(notes)
    return try manager.receive()
  }

  @Test func path() throws {
    let path = NSTemporaryDirectory() + "hushd-notify-\(UUID().uuidString)"
    defer { unlink(path) }
    #expect(
      try exchange(path, path: path, [.ready, .status("all\nis well")])
        == "READY=1\nSTATUS=all?is well")
  }

  @Test func abstract() throws {
    let name = "@hushd-notify-\(UUID().uuidString)"
    #expect(
      try exchange(name, path: nil, [.reloading(monotonic: 12_345_678)])
        == "RELOADING=1\nMONOTONIC_USEC=12345")
  }

  @Test func rest() throws {
    let name = "@hushd-notify-\(UUID().uuidString)"
    #expect(try exchange(name, path: nil, [.stopping]) == "STOPPING=1")
    #expect(try exchange(name, path: nil, [.watchdog]) == "WATCHDOG=1")
  }

  /// The longest names there are, and one more.
  @Test func length() {
    #expect(Notifier(socket: "/" + String(repeating: "x", count: 106)) != nil)
    #expect(Notifier(socket: "/" + String(repeating: "x", count: 107)) == nil)
    #expect(Notifier(socket: "@" + String(repeating: "x", count: 107)) != nil)
    #expect(Notifier(socket: "@" + String(repeating: "x", count: 108)) == nil)
  }

  @Test(arguments: ["", "/", "@", "relative", "vsock:2:1234"]) func noSocket(_ name: String) {
    #expect(Notifier(socket: name) == nil)
  }

  /// A manager that is gone is nobody's trouble.
  @Test func nobodyThere() throws {
    let notifier = try #require(Notifier(socket: "@hushd-nobody-\(UUID().uuidString)"))
    notifier.send([.ready])
  }
}
