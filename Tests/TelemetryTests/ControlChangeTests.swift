import Testing

@testable import Telemetry

@Suite struct ControlChangeTests {
  private func change(_ text: String) throws -> ControlChange {
    try ControlChange(Array(text.utf8))
  }

  @Test func everyKeyIsRead() throws {
    let text = #" { "strength_db" : 1.25e1, "bypass":true,"mute":false, "reset":true }"#
    let all = try change(text)
    #expect(all.strength == 12.5)
    #expect(all.bypass == true)
    #expect(all.mute == false)
    #expect(all.resets)
    #expect(all.model == nil)
    #expect(try change(#"{"strength_db":null}"#).strength == .infinity)
    #expect(try change(#"{"model":null}"#).model == .builtIn)
    #expect(try change(#"{"model":"nano"}"#).model == .named("nano"))
    #expect(try change(#"{"model":"\/a\u00e4\ud83d\ude00"}"#).model == .named("/aä😀"))
  }

  @Test(arguments: [
    "", "[]", "{}", "{", #"{"bypass"}"#, #"{"bypass":tru}"#, #"{"bypass":true,}"#,
    #"{"bypass":true}x"#, #"{"bypass":1}"#, #"{"strength_db":"18"}"#, #"{"strength_db":101}"#,
    #"{"strength_db":-1}"#, #"{"strength_db":0x12}"#, #"{"strength_db":nan}"#,
    #"{"strength_db":1e999}"#, #"{"strength_db":01}"#, #"{"model":"a/b"}"#,
    #"{"model":"b.safetensors"}"#, #"{"model":""}"#,
    #"{"model":{}}"#, #"{"volume":1}"#, #"{"mute":true,"mute":false}"#, #"{"model":"\ud800"}"#,
    #"{"model":"/a"#, "{\"model\":\"/\u{1}\"}",
  ])
  func whatIsWrongIsSaid(text: String) {
    #expect(throws: ControlChange.Mistake.self) { try change(text) }
  }

  @Test func theMistakeSaysTheMend() {
    #expect(
      throws: ControlChange.Mistake(line: "strength_db: give dB, 0 to 100, or null for no limit")
    ) {
      try change(#"{"strength_db":101}"#)
    }
  }
}
