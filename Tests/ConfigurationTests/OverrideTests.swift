import Pipeline
import Testing

@testable import Configuration

/// The environment wins over the file, the command line over both.
@Suite struct OverrideTests {
  private func read(
    _ text: String? = nil, _ environment: [String: String] = [:],
    _ change: (inout Overrides) throws -> Void = { _ in }
  ) throws -> DaemonSettings {
    var overrides = Overrides()
    try change(&overrides)
    return try Configuration(
      text: text, path: "x", environment: environment, overrides: overrides
    ).settings
  }

  private func message(_ work: () throws -> DaemonSettings) throws -> ConfigurationError {
    try #require(throws: ConfigurationError.self) { _ = try work() }
  }

  @Test func order() throws {
    let text = "denoise: {strength: 6}"
    let environment = ["HUSHD_DENOISE_STRENGTH": "12 dB"]
    #expect(try read(text).settings.denoise.strength == 6)
    #expect(try read(text, environment).settings.denoise.strength == 12)
    #expect(
      try read(text, environment) { $0.strength("18") }.settings.denoise.strength == 18)
    #expect(try read(text, environment) { $0.strength("max") }.settings.denoise.strength == nil)
  }

  @Test func emptyVariableIsNoVariable() throws {
    #expect(try read(nil, ["HUSHD_LATENCY_TARGET": ""]).settings.latency.target == nil)
  }

  @Test func lists() throws {
    let environment = ["HUSHD_CAPTURE_CHANNELS": "0, 1", "HUSHD_REALTIME_CPUS": "all"]
    let settings = try read(nil, environment) { try $0.set("denoise.ladder=[a,b]") }.settings
    #expect(settings.capture.channels == [0, 1])
    #expect(settings.realtime.cpus == nil)
    #expect(settings.denoise.ladder == ["a", "b"])
  }

  @Test func wrongVariable() throws {
    let error = try message { try read(nil, ["HUSHD_LATENCY_TARGET": "12"]) }
    #expect(error.kind == .environment)
    #expect(
      error.description
        == "HUSHD_LATENCY_TARGET: 12 ms is out of range; give 15 to 2000 ms, or leave it out for "
        + "the least the devices take")
  }

  @Test func unknownVariableIsARemark() throws {
    let configuration = try Configuration(
      path: nil, environment: ["HUSHD_CAPTUER_DEVICE": "x", "HUSHD_SERVICE_HOST": "10.0.0.1"])
    #expect(
      configuration.remarks == [
        "HUSHD_CAPTUER_DEVICE: is not a variable of hushd, and left alone; did you mean "
          + "HUSHD_CAPTURE_DEVICE?",
        "HUSHD_SERVICE_HOST: is not a variable of hushd, and left alone",
      ])
  }

  @Test func wrongOption() throws {
    let error = try message { try read { try $0.set("latency.target=1h") } }
    #expect(error.kind == .commandLine)
    #expect(
      error.description == "--set latency.target: 'h' in '1h' is not a unit that is known here; "
        + "give 15 to 2000 ms; units are us, ms or s")
    let strength = try message { try read { $0.strength("-3") } }
    #expect(
      strength.description == "--strength: -3 dB is out of range; give 0 to 100 dB, or leave it "
        + "out for all that can be removed")
  }

  @Test(arguments: [
    (
      "latency",
      "--set 'latency': has no value; write --set KEY=VALUE, such as --set capture.device=hw:1"
    ),
    (
      "latency=3",
      "--set latency: holds keys, not a value; name one of them, such as latency.target"
    ),
    ("latency.taget=3", "--set latency.taget: is not a key of hushd; did you mean latency.target?"),
  ]) func badAssignment(_ text: String, _ expected: String) throws {
    #expect(try message { try read { try $0.set(text) } }.description == expected)
  }

  /// `--capture hw:1` over a file that reads a recording: the recording's keys are out of the game.
  @Test func laterTypeWins() throws {
    let text = "capture: {type: file, path: talk.flac, loop: yes}"
    let settings = try read(text) { $0.capture("hw:1") }.settings
    var device = Settings.Device()
    device.name = "hw:1"
    #expect(settings.capture.source == .device(device))
  }

  /// But keys that the command line itself gives to the wrong type are a mistake.
  @Test func sameRankStillConflicts() throws {
    let error = try message {
      try read {
        $0.output("hw:1")
        try $0.set("output.path=x.flac")
      }
    }
    #expect(
      error.description == "--set output.path: goes with output.type file or pipe, and that is "
        + "alsa in --output; change one or take this out")
  }
}
