import Foundation
import Testing

@testable import hush

/// `hush top` in a window: keys, and the terminal as it was before.
@Suite(.serialized) struct TopTerminalTests {
  private func window(_ server: FixtureServer, environment: [String: String] = [:]) throws
    -> (window: TerminalWindow, before: [UInt32])
  {
    let window = try TerminalWindow(
      ["top", "--delay", "0.05", "--socket", server.path], environment: environment)
    // Its settings are those of every new terminal until it changes them.
    let before = window.settings
    try #require(window.shows("q\u{1b}[0m") || window.shows("quit"), "\(window.text)")
    try #require(window.settings != before)
    return (window, before)
  }

  /// The cursor is back, the other screen is gone, and keys are lines again.
  private func isRestored(_ window: TerminalWindow, _ before: [UInt32]) -> Bool {
    window.settings == before && window.text.hasSuffix(FrameText.leave)
  }

  @Test func quits() throws {
    let server = try FixtureServer(StatusFixture())
    let (window, before) = try window(server)
    window.type("q")
    #expect(window.end() == 0)
    #expect(isRestored(window, before))
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT]) func endedBySignal(number: Int32) throws {
    let server = try FixtureServer(StatusFixture())
    let (window, before) = try window(server)
    kill(window.id, number)
    #expect(window.end() == 128 + number)
    #expect(isRestored(window, before))
  }

  @Test func controlC() throws {
    let server = try FixtureServer(StatusFixture())
    let (window, before) = try window(server)
    window.type("\u{3}")
    #expect(window.end() == 128 + SIGINT)
    #expect(isRestored(window, before))
  }

  @Test func stoppedAndContinued() throws {
    let server = try FixtureServer(StatusFixture())
    let (window, before) = try window(server)
    let during = window.settings
    // The kernel lets no signal of the terminal stop the leader of a session, so it is done here
    // by the one that `suspend` sends itself, and by one nobody sees coming.
    kill(window.id, SIGSTOP)
    try #require(window.isStopped())
    let mark = window.mark
    kill(window.id, SIGCONT)
    #expect(window.shows(FrameText.enter, since: mark))
    #expect(window.settings == during)
    window.type("q")
    #expect(window.end() == 0)
    #expect(isRestored(window, before))
  }

  @Test func keysAreSent() throws {
    let server = try FixtureServer { request in
      request.line.hasPrefix("PUT")
        ? FixtureServer.http(
          200, #"{"strength_db":21,"bypass":true,"mute":true,"model":"small-1"}"#)
        : FixtureServer.http(200, StatusFixture().json)
    }
    let (window, _) = try window(server)
    for (key, body) in [
      ("b", #"{"bypass":true}"#), ("m", #"{"mute":true}"#), ("+", #"{"strength_db":21}"#),
      ("-", #"{"strength_db":15}"#), ("r", #"{"reset":true}"#),
    ] {
      // What is in force comes back with the next status.
      usleep(150_000)
      window.type(key)
      let end = Date().addingTimeInterval(5)
      while !server.requests.contains(where: { $0.body == body }), Date() < end { usleep(10_000) }
      #expect(server.requests.contains { $0.body == body }, "\(key)")
    }
    // Arrows and other keys do nothing.
    let before = server.requests.count { !$0.body.isEmpty }
    window.type("\u{1b}[A")
    window.type("xyz")
    let mark = window.mark
    window.type("?")
    #expect(window.shows("QUANT", since: mark))
    #expect(server.requests.count { !$0.body.isEmpty } == before)
    window.type("q")
    #expect(window.end() == 0)
  }

  @Test func refusalsAreShown() throws {
    let server = try FixtureServer { request in
      request.line.hasPrefix("PUT")
        ? FixtureServer.http(403, #"{"error":"control is for others"}"#)
        : FixtureServer.http(200, StatusFixture().json)
    }
    let (window, _) = try window(server)
    window.type("b")
    #expect(window.shows("control is for oth"))
    window.type("q")
    #expect(window.end() == 0)
  }

  @Test func theDaemonComesBack() throws {
    let place = try Scratch()
    let path = place.path("control.sock")
    var server: FixtureServer? = try FixtureServer(StatusFixture(), path: path)
    let (window, before) = try window(try #require(server))
    server?.stop()
    server = nil
    var mark = window.mark
    #expect(window.shows(" no hushd ", since: mark))
    server = try FixtureServer(StatusFixture(uptime: 2, model: "another"), path: path)
    mark = window.mark
    #expect(window.shows("another", since: mark))
    window.type("q")
    #expect(window.end() == 0)
    #expect(isRestored(window, before))
  }

  @Test func withoutColour() throws {
    let server = try FixtureServer(StatusFixture())
    let (window, _) = try window(server, environment: ["NO_COLOR": "1"])
    window.type("q")
    #expect(window.end() == 0)
    #expect(!window.text.contains("\u{1b}[3"))
    let (coloured, _) = try self.window(server)
    coloured.type("q")
    #expect(coloured.end() == 0)
    #expect(coloured.text.contains("\u{1b}[3"))
  }

  @Test func aDumbTerminalGetsText() throws {
    let server = try FixtureServer(StatusFixture())
    let window = try TerminalWindow(
      ["top", "--delay", "0.05", "--socket", server.path],
      environment: ["TERM": "dumb", "LC_ALL": "C"])
    #expect(window.shows("LATENCY  46.2 ms"))
    #expect(!window.text.contains("\u{1b}") && window.text.utf8.allSatisfy { $0 < 128 })
  }

  @Test func withoutATerminal() throws {
    let server = try FixtureServer(StatusFixture())
    let refused = try Hush.run("top", "--socket", server.path)
    #expect(refused.status == 64)
    #expect(refused.errorLines.count == 1)
    let batch = try Hush.run("top", "-b", "-n", "2", "-d", "0.05", "--socket", server.path)
    #expect(batch.status == 0)
    #expect(batch.text.components(separatedBy: "hush top").count == 3)
    #expect(try Hush.run("top", "-b", "--socket", "/nowhere/at/all").status == 69)
  }
}
