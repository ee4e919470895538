import Foundation
import Testing

@testable import hush

@Suite struct SetCommandTests {
  private static let inForce =
    #"{"version":1,"strength_db":18,"bypass":false,"mute":true,"model":"small-1"}"#

  @Test func whatIsSent() throws {
    let server = try FixtureServer { _ in FixtureServer.http(200, SetCommandTests.inForce) }
    let outcome = try Hush.shell(
      "cd /usr && $HUSH set --socket '\(server.path)' strength=18dB bypass=off mute=YES "
        + "'model=a \"b\".safetensors' reset")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.text == "strength 18 dB, bypass off, mute on, model small-1\n")
    let request = try #require(server.requests.first)
    #expect(request.line == "PUT /control HTTP/1.1")
    let sent = try #require(
      try JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any])
    #expect(sent.keys.sorted() == ["bypass", "model", "mute", "reset", "strength_db"])
    #expect(sent["strength_db"] as? Double == 18)
    #expect(sent["bypass"] as? Bool == false && sent["mute"] as? Bool == true)
    #expect(sent["model"] as? String == "/usr/a \"b\".safetensors")
    #expect(sent["reset"] as? Bool == true)
  }

  @Test func words() throws {
    func json(_ words: String...) throws -> String { try ControlChange(words).json }
    #expect(try json("strength=max") == #"{"strength_db":null}"#)
    #expect(try json("strength=7.5 dB") == #"{"strength_db":7.5}"#)
    #expect(try json("strength=0") == #"{"strength_db":0}"#)
    #expect(try json("model=builtin") == #"{"model":null}"#)
    #expect(try json("model=nano") == #"{"model":"nano"}"#)
    #expect(try json("model=/a=b") == #"{"model":"/a=b"}"#)
    #expect(try json("bypass=on", "bypass=off") == #"{"bypass":false}"#)
  }

  /// Nobody is asked where the command makes no sense.
  @Test(arguments: [
    "", "strength", "strength=", "strength=101", "strength=-1", "strength=18cm", "strength=nan",
    "bypass", "bypass=maybe", "mute=", "model=", "reset=1", "louder=on", "=", "mute=on louder",
  ]) func mistakes(words: String) throws {
    let server = try FixtureServer { _ in FixtureServer.http(200, SetCommandTests.inForce) }
    let outcome = try Hush.shell("$HUSH set --socket '\(server.path)' \(words)")
    #expect(outcome.status == 64)
    #expect(server.requests.isEmpty)
  }

  @Test(arguments: [(400, 64), (403, 77), (422, 65), (503, 69), (500, 69), (405, 76), (418, 76)])
  func refusals(status: Int, code: Int) throws {
    let server = try FixtureServer { _ in
      FixtureServer.http(status, #"{"error":"not so; do this"}"#)
    }
    let outcome = try Hush.run("set", "mute=on", "--socket", server.path)
    #expect(outcome.status == Int32(code))
    #expect(outcome.errorLines.count == 1 && outcome.errors.contains("hushd: not so; do this"))
  }
}
