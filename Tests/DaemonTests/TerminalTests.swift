import Foundation
import Testing

/// A window that is closed ends what runs in it; `nohup` is respected.
@Suite struct TerminalTests {
  private static let arguments = [
    "--capture", "hw:CARD=NoSuchCard", "--output", "hw:CARD=NoSuchCard", "--set",
    "realtime.priority=0", "--set", "realtime.lock_memory=no", "--set", "control.socket=none",
  ]

  private func receive(_ wanted: String, from manager: DatagramSocket) throws {
    for _ in 0..<500 where try manager.receive().contains(wanted) { return }
    try #require(Bool(false), "\(wanted) did not come")
  }

  @Test(.timeLimit(.minutes(1))) func closedWindow() throws {
    let name = "@hushd-terminal-\(UUID().uuidString)"
    let manager = try DatagramSocket(name)
    var window: PseudoTerminal? = try PseudoTerminal()
    let daemon = try HushdProcess(
      TerminalTests.arguments, environment: ["NOTIFY_SOCKET": name], terminal: window?.name)
    try receive("READY=1", from: manager)
    // While the window is there, SIGHUP is a reload.
    kill(daemon.id, SIGHUP)
    try receive("RELOADING=1", from: manager)
    try receive("READY=1", from: manager)
    window = nil
    try receive("STOPPING=1", from: manager)
    #expect(daemon.wait() == 0)
    #expect(daemon.errors.contains { $0.contains("the terminal is gone") }, "\(daemon.errors)")
  }

  @Test(.timeLimit(.minutes(1))) func nohup() throws {
    let name = "@hushd-terminal-\(UUID().uuidString)"
    let manager = try DatagramSocket(name)
    var window: PseudoTerminal? = try PseudoTerminal()
    let daemon = try HushdProcess(
      TerminalTests.arguments, environment: ["NOTIFY_SOCKET": name], terminal: window?.name,
      outlives: true)
    try receive("READY=1", from: manager)
    window = nil
    try receive("RELOADING=1", from: manager)
    try receive("READY=1", from: manager)
    kill(daemon.id, SIGTERM)
    #expect(daemon.wait() == 0)
  }
}
