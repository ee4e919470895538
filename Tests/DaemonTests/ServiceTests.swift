import Foundation
import Testing

/// The real program under a service manager played by the test: a notification socket, a watchdog,
/// a journal, and signals.
@Suite(.serialized, .takes) struct ServiceTests {
  /// Devices that no machine has: the daemon waits for them.
  private static let quiet = """
    capture: {device: "hw:CARD=NoSuchCard"}
    output: {device: "hw:CARD=NoSuchCard"}
    realtime: {priority: 0, lock_memory: no}
    control: {socket: none}
    """

  /// Datagrams until one says `wanted`.
  private func receive(_ wanted: String, from manager: DatagramSocket) throws -> String {
    for _ in 0..<500 {
      let text = try manager.receive()
      if text.split(separator: "\n").contains(where: { $0.hasPrefix(wanted) }) { return text }
    }
    try #require(Bool(false), "\(wanted) did not come")
    return ""
  }

  @Test(.timeLimit(.minutes(3))) func life() throws {
    let path = NSTemporaryDirectory() + "hushd-service-\(UUID().uuidString).yaml"
    let file = URL(fileURLWithPath: path)
    try Data(ServiceTests.quiet.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let name = "@hushd-service-\(UUID().uuidString)"
    let manager = try DatagramSocket(name)
    let daemon = try HushdProcess(
      ["--config", path],
      environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "2000000"], journal: true)

    let ready = try receive("READY=1", from: manager)
    #expect(ready.contains("STATUS=capture waiting"))
    // Waiting for a device is no hanging.
    for _ in 0..<3 { _ = try receive("WATCHDOG=1", from: manager) }

    try Data("denoise: {strength: 600}\n".utf8).write(to: file)
    kill(daemon.id, SIGHUP)
    let reloading = try receive("RELOADING=1", from: manager)
    #expect(reloading.contains("MONOTONIC_USEC="))
    _ = try receive("READY=1", from: manager)

    try Data((ServiceTests.quiet + "\ndenoise: {strength: 6}\n").utf8).write(to: file)
    kill(daemon.id, SIGHUP)
    _ = try receive("RELOADING=1", from: manager)
    _ = try receive("READY=1", from: manager)
    kill(daemon.id, SIGUSR1)
    _ = try receive("WATCHDOG=1", from: manager)
    _ = try receive("WATCHDOG=1", from: manager)

    kill(daemon.id, SIGTERM)
    _ = try receive("STOPPING=1", from: manager)
    #expect(daemon.wait() == 0)
    let lines = daemon.errors
    #expect(lines.allSatisfy { $0.hasPrefix("<") }, "\(lines)")
    #expect(
      lines.contains {
        $0.hasPrefix("<3>nothing was reloaded")
          && $0.contains("\(path):1: denoise.strength: 600 dB")
      }, "\(lines)")
    #expect(lines.contains { $0.contains("denoise.strength is 6dB") }, "\(lines)")
    #expect(lines.contains { $0.hasPrefix("<5>status: ") }, "\(lines)")
    #expect(lines.last == "<5>stopped")
  }

  @Test(.timeLimit(.minutes(3))) func interruptEndsItToo() throws {
    let name = "@hushd-service-\(UUID().uuidString)"
    let manager = try DatagramSocket(name)
    let daemon = try HushdProcess(
      [
        "--capture", "hw:CARD=NoSuchCard", "--output", "hw:CARD=NoSuchCard", "--set",
        "realtime.priority=0", "--set", "realtime.lock_memory=no", "--set",
        "control.socket=none",
      ], environment: ["NOTIFY_SOCKET": name])
    _ = try receive("READY=1", from: manager)
    kill(daemon.id, SIGINT)
    #expect(daemon.wait() == 0)
  }
}
