import Foundation
import Testing

@testable import hush

@Suite struct StatusCommandTests {
  @Test(arguments: [("ok", 0), ("degraded", 1), ("waiting", 2), ("finished", 3)])
  func healthIsTheCode(health: String, code: Int) throws {
    let server = try FixtureServer(
      StatusFixture(health: health, problems: ["capture waiting: gone"]))
    let outcome = try Hush.run("status", "--socket", server.path)
    #expect(outcome.status == Int32(code))
    #expect(outcome.errors.isEmpty)
    let end = health == "ok" ? "" : "; capture waiting: gone"
    #expect(
      outcome.text == """
        \(health): hw:CARD=Headset,DEV=0 > hw:CARD=Headset,DEV=0, latency 46.2 ms, late 0 of \
        1445625 hops, xruns 0+0, strength 18 dB, model small-1\(end)

        """)
    let quiet = try Hush.run("status", "-q", "--socket", server.path)
    #expect(quiet.status == Int32(code) && quiet.output.isEmpty)
  }

  @Test func jsonIsTheDaemonsOwn() throws {
    let fixture = StatusFixture(strength: nil, bypass: true, mute: true)
    let server = try FixtureServer(fixture)
    let outcome = try Hush.run("status", "--json", "--socket", server.path)
    #expect(outcome.text == fixture.json)
    #expect(server.requests.map(\.line) == ["GET /status HTTP/1.1"])
    let line = try Hush.shell("HUSH_SOCKET='\(server.path)' $HUSH status").text
    #expect(line.contains("strength max, bypassed, muted,"))
    // The option goes before the variable.
    let other = try Hush.shell("HUSH_SOCKET=/nowhere $HUSH status -q --socket '\(server.path)'")
    #expect(other.status == 0)
  }

  /// A name may hold anything; a terminal must not do what it says.
  @Test func namesAreOnlyShown() throws {
    let server = try FixtureServer(
      StatusFixture(captureName: "\\u001b[2Jevil\\u0007\\u202e\\nname"))
    let outcome = try Hush.run("status", "--socket", server.path)
    #expect(outcome.status == 0)
    #expect(outcome.text.count { $0 == "\n" } == 1)
    #expect(outcome.text.unicodeScalars.allSatisfy { $0.value >= 32 || $0 == "\n" })
    #expect(!outcome.text.unicodeScalars.contains("\u{202e}"))
  }

  @Test func nobodyThere() throws {
    let place = try Scratch()
    let path = place.path("no.sock")
    let missing = try Hush.run("status", "--socket", path)
    #expect(missing.status == 69)
    #expect(missing.errorLines.count == 1 && missing.errors.contains("systemctl start hushd"))
    // A socket whose owner was killed.
    var server: FixtureServer? = try FixtureServer(StatusFixture(), path: path)
    let copy = place.path("copy.sock")
    link(path, copy)
    server?.stop()
    server = nil
    #expect(try Hush.run("status", "--socket", copy).status == 69)
    #expect(try Hush.run("status", "--socket", place.root).status == 69)
    let long = "/" + String(repeating: "x", count: 200)
    #expect(try Hush.run("status", "--socket", long).status == 64)
  }

  @Test(arguments: [
    "", "SSH-2.0-OpenSSH_9\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"version\":1}",
    "HTTP/1.1 200 OK\r\n\r\n{\"version\":1}", "HTTP/1.1 200 OK\r\n\r\n[]",
    "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "[", count: 100_000),
    "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
  ]) func nonsense(answer: String) throws {
    let server = try FixtureServer { _ in Array(answer.utf8) }
    let outcome = try Hush.run("status", "--socket", server.path)
    #expect(outcome.status == 76, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1 && outcome.errors.contains(server.path))
  }

  @Test func anotherVersion() throws {
    let server = try FixtureServer(StatusFixture(version: 2))
    let outcome = try Hush.run("status", "--socket", server.path)
    #expect(outcome.status == 76)
    #expect(outcome.errors.contains("version 2"))
  }

  @Test func tooManyClients() throws {
    let server = try FixtureServer { _ in FixtureServer.http(503, #"{"error":"too many; wait"}"#) }
    let outcome = try Hush.run("status", "--socket", server.path)
    #expect(outcome.status == 69)
    #expect(outcome.errors == "hush: hushd: too many; wait\n")
  }

  /// One that takes the request and then says nothing, or a byte now and then.
  @Test func silenceEnds() throws {
    let server = try FixtureServer { _ in
      usleep(900_000)
      return []
    }
    let begin = Date()
    let error = #expect(throws: Failure.self) {
      try ControlClient(path: server.path, patience: 0.2).request("/status")
    }
    #expect(error?.status == .unavailable)
    #expect(Date().timeIntervalSince(begin) < 0.8)
  }
}
