import Foundation
import Pipeline
import Testing

@testable import hushd

/// What has to be there besides the configuration.
@Suite struct PreflightTests {
  private func failure(_ change: (inout Settings) -> Void) throws -> Failure {
    var settings = Settings()
    change(&settings)
    return try #require(throws: Failure.self) { try Preflight.check(settings) }
  }

  @Test func defaultsNeedNothing() throws { try Preflight.check(Settings()) }

  @Test func missingModel() throws {
    let failure = try failure { $0.denoise.model = "/nowhere/m.safetensors" }
    #expect(failure.status == .noInput)
    #expect(failure.line == "/nowhere/m.safetensors: the model is not there; check its name")
  }

  @Test func brokenRungOfTheLadder() throws {
    let failure = try failure { $0.denoise.ladder = ["/proc/self/status"] }
    #expect(failure.status == .badData)
    #expect(failure.line.hasPrefix("/proc/self/status: "))
  }

  @Test func unknownModel() throws {
    let failure = try failure { $0.denoise.model = "huge" }
    #expect(failure.status == .badData)
    #expect(failure.line.hasPrefix("huge: no model of that name is built in, expected "))
  }

  @Test func lowLatencyOfAFile() throws {
    let failure = try failure {
      $0.denoise.model = "/m.safetensors"
      $0.denoise.latency = .low
    }
    #expect(failure.line.hasPrefix("denoise.latency: /m.safetensors has the delay"))
  }

  @Test func missingSound() throws {
    let failure = try failure {
      $0.capture.source = .file(path: "/nowhere.wav", paced: true, loops: false)
    }
    #expect(failure.status == .noInput)
  }

  @Test func placeOfARecording() throws {
    let failure = try failure {
      $0.output.sink = .file(path: "/nowhere/x.wav", format: nil, rotation: .init())
    }
    #expect(
      failure
        == Failure(
          .cannotCreate, "/nowhere/x.wav: the directory /nowhere is not there; make it first"))
    var settings = Settings()
    settings.output.sink = .file(path: "/tmp/x.wav", format: nil, rotation: .init())
    try Preflight.check(settings)
  }

  @Test(arguments: [
    ("hw:1,0", "1"), ("hw:CARD=Headset,DEV=0", "Headset"), ("plughw:DEV=0,CARD=PCH", "PCH"),
    ("sysdefault:Loopback", "Loopback"), ("default", nil), ("hw", nil), ("hw:", nil),
    ("pulse:1", nil), ("hw:../../etc", nil), ("hw:DEV=0", nil),
  ]) func cardOfADevice(_ device: String, _ card: String?) {
    #expect(SoundCards.card(of: device) == card)
  }

  @Test func missingCardIsANote() throws {
    let folder = NSTemporaryDirectory() + "hushd-cards-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder + "/card0", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/PCH", withDestinationPath: "card0")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(SoundCards.missing("hw:0,0", directory: folder) == nil)
    #expect(SoundCards.missing("plughw:PCH", directory: folder) == nil)
    #expect(
      SoundCards.missing("hw:CARD=Headset", directory: folder)
        == "there is no sound card 'Headset' now; hushd would wait for it")
  }
}
