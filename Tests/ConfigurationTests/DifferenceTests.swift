import Testing

@testable import Configuration

/// What a reload can take over, and what not.
@Suite struct DifferenceTests {
  private func configuration(_ text: String?) throws -> Configuration {
    try Configuration(text: text, path: "x")
  }

  @Test func splitsByKey() throws {
    let old = try configuration("denoise: {strength: 6}")
    let new = try configuration(
      "denoise: {strength: 12, bypass: yes}\ncapture: {device: hw:1}\nlatency: {target: 80}")
    let difference = Difference(from: old, to: new)
    #expect(difference.live == ["denoise.strength", "denoise.bypass"])
    #expect(difference.needsRestart == ["capture.device", "latency.target"])
  }

  @Test func writingTheDefaultIsNoChange() throws {
    let difference = Difference(
      from: try configuration(nil),
      to: try configuration("capture: {device: default}\ndenoise: {strength: max}"))
    #expect(difference.isEmpty)
  }

  /// What needs a restart goes on as it was, and is told again until the restart.
  @Test func adoptsWhatIsLive() throws {
    let old = try configuration("capture: {device: hw:1}\ndenoise: {strength: 6}")
    let new = try configuration("capture: {device: hw:2}\noutput: {type: none}")
    let adopted = try old.adopting(new)
    #expect(adopted.value(.captureDevice) == .text("hw:1"))
    #expect(adopted.value(.strength) == .word)
    #expect(adopted.settings.settings.output.sink == .none)
    #expect(Difference(from: adopted, to: new).needsRestart == ["capture.device"])
    #expect(Difference(from: adopted, to: new).live.isEmpty)
  }

  /// The issue asks for these to change live.
  @Test(arguments: ["denoise.strength", "denoise.bypass", "denoise.model", "output.device"])
  func isLive(_ name: String) {
    #expect(Key.named[name]?.isLive == true)
  }
}
