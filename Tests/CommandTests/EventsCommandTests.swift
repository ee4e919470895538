import Foundation
import Testing

@testable import hush

@Suite struct EventsCommandTests {
  private static func line(_ rest: String) -> String {
    #"{"time":"2026-11-21T16:42:22.333Z","monotonic_ns":1,"# + rest + "}\n"
  }

  private static let lines = [
    line(#""event":"hello","version":1,"hushd":"0.1.0""#),
    line(#""event":"xrun","side":"capture""#), "garbage\n",
    line(#""event":"heartbeat","hops":1,"late":0"#),
    line(#""event":"deadline_missed","late_us":1234,"cause":"preempted""#),
    line(#""event":"state","side":"output","state":"recovering""#),
    line(#""event":"of tomorrow","side":"output""#),
  ]

  private func server(ends: Bool = false) throws -> FixtureServer {
    // Cut where no line ends.
    let text = EventsCommandTests.lines.joined()
    let middle = text.index(text.startIndex, offsetBy: 150)
    return try FixtureServer { _ in
      FixtureServer.chunked([String(text[..<middle]), String(text[middle...])], ends: ends)
    }
  }

  @Test func linesForPeople() throws {
    let server = try server()
    let outcome = try Hush.shell("TZ=UTC-1 $HUSH events --count 3 --socket '\(server.path)'")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.text == """
        17:42:22.333  capture  xrun: the buffer ran over
        17:42:22.333  a hop was 1234 us late, because of other programs on its processor
        17:42:22.333  output   recovering

        """)
    #expect(server.requests.map(\.line) == ["GET /events HTTP/1.1"])
  }

  @Test func jsonIsPassedOn() throws {
    let server = try server()
    let outcome = try Hush.run("events", "--json", "--count", "2", "--socket", server.path)
    #expect(outcome.status == 0)
    let lines = EventsCommandTests.lines
    #expect(outcome.text == lines[0] + lines[1] + lines[3] + lines[4])
  }

  @Test(arguments: [true, false]) func theDaemonGoes(ends: Bool) throws {
    let server = try server(ends: ends)
    let outcome = try Hush.run("events", "--socket", server.path)
    #expect(outcome.status == 69)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.text.split(separator: "\n").last?.hasSuffix("output   of tomorrow") == true)
  }

  @Test func theReaderGoes() throws {
    let server = try FixtureServer { _ in
      FixtureServer.chunked(Array(repeating: EventsCommandTests.lines[1], count: 20_000))
    }
    let outcome = try Hush.shell(
      "{ $HUSH events --socket '\(server.path)'; echo $? >&2; } | head -1 > /dev/null")
    #expect(outcome.errors == "141\n")
  }

  @Test func aLineWithoutEnd() throws {
    let server = try FixtureServer { _ in
      FixtureServer.chunked(Array(repeating: String(repeating: "x", count: 10_000), count: 20))
    }
    let outcome = try Hush.run("events", "--socket", server.path)
    #expect(outcome.status == 76)
    #expect(outcome.errorLines.count == 1)
  }

  /// Every event of the schema has words of its own.
  @Test func everyEventIsTold() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("docs/event.schema.json")
    let schema = try String(contentsOf: path, encoding: .utf8)
    for name in [
      "state", "xrun", "suspended", "source_ended", "stalled", "lost", "deadline_missed",
      "fallback", "dropped", "concealed", "ladder", "model_changed", "skipped",
    ] {
      #expect(schema.contains("\"\(name)\""))
      let event = try #require(LiveEvent(EventsCommandTests.line("\"event\":\"\(name)\"")))
      #expect(!event.text.contains("_") && !event.isPulse, "\(event.text)")
    }
  }
}
