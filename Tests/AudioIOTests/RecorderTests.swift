import Foundation
import Testing

@testable import AudioIO

@Suite struct RecorderTests {
  private func withDirectory(_ body: (String) throws -> Void) throws {
    let root = NSTemporaryDirectory() + "hush-recorder-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: root) }
    try body(root)
  }

  private func files(_ root: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root).sorted()
  }

  private func read(_ path: String) throws -> [Float] {
    let reader = try SoundFileReader(path: path)
    var samples: [Float] = []
    var block = [Float](repeating: 0, count: 1000 * reader.channels)
    while true {
      let count = try block.withUnsafeMutableBufferPointer { try reader.read(into: $0) }
      if count == 0 { return samples }
      samples += block[..<(count * reader.channels)]
    }
  }

  /// `frames` of two channels, in blocks of a size that divides nothing.
  private func record(_ recorder: Recorder, _ samples: [Float]) throws {
    let frames = samples.count / 2
    try samples.withUnsafeBufferPointer { samples in
      for start in stride(from: 0, to: frames, by: 333) {
        try recorder.write(samples.baseAddress! + 2 * start, frames: min(333, frames - start))
      }
    }
    try recorder.finish()
  }

  private let sound: [Float] = (0..<40_000).map { Float(($0 * 7919) % 65_536 - 32_768) / 32_768 }

  @Test(arguments: ["wav", "flac"])
  func theFilesEndToEndAreTheStream(_ name: String) throws {
    try withDirectory { root in
      let recorder = try Recorder(
        pattern: "\(root)/take.\(name)", rate: 16_000, channels: 2,
        rotation: Recorder.Rotation(seconds: 0.25))
      try record(recorder, sound)
      #expect(recorder.finished == 5)
      let names = ["take"] + (2...5).map { "take-\($0)" }
      #expect(try Set(files(root)) == Set(names.map { "\($0).\(name)" }))
      let parts = try names.map { try read("\(root)/\($0).\(name)") }
      #expect(parts.dropLast().allSatisfy { $0.count == 8000 })
      #expect(ALSATests.difference(parts.flatMap { $0 }, sound) == nil)
      #expect(recorder.lastFinished == "\(root)/take-5.\(name)")
    }
  }

  @Test func opusIsSplitToo() throws {
    try withDirectory { root in
      let recorder = try Recorder(
        pattern: "\(root)/%Y%m%d-%H%M%S.opus", rate: 16_000, channels: 2,
        rotation: Recorder.Rotation(seconds: 0.5))
      try record(recorder, sound)
      let parts = try files(root).map { try read("\(root)/\($0)").count / 2 }
      #expect(parts.count == 3 && parts.reduce(0, +) == 20_000)
      #expect(try files(root).allSatisfy { RecordingNames.matches($0, "%Y%m%d-%H%M%S.opus") })
    }
  }

  @Test func noFileIsLargerThanAllowed() throws {
    try withDirectory { root in
      let recorder = try Recorder(
        pattern: "\(root)/a.wav", rate: 16_000, channels: 2,
        rotation: Recorder.Rotation(bytes: 20_000))
      try record(recorder, sound)
      let sizes = try files(root).map {
        try FileManager.default.attributesOfItem(atPath: "\(root)/\($0)")[.size] as? Int ?? 0
      }
      #expect(sizes.count == 5 && sizes.allSatisfy { $0 <= 20_000 && $0 > 3000 })
      #expect(try files(root).map { try read("\(root)/\($0)").count }.reduce(0, +) == 40_000)
    }
  }

  @Test func theOldestGoAndNothingElse() throws {
    try withDirectory { root in
      for other in ["take-x.wav", "take.flac", "mistake.wav", "take-2.wav.part"] {
        try "mine".write(toFile: "\(root)/\(other)", atomically: true, encoding: .utf8)
      }
      for round in 0..<2 {
        let recorder = try Recorder(
          pattern: "\(root)/take.wav", rate: 16_000, channels: 2,
          rotation: Recorder.Rotation(seconds: 0.25, keep: 2))
        try record(recorder, sound)
        #expect(recorder.finished == 5, "round \(round)")
      }
      let all = try files(root)
      #expect(all.count == 4 + 2)
      #expect(all.filter { RecordingNames.matches($0, "take.wav") }.count == 2)
    }
  }

  @Test func namesAreToldFromOthers() {
    let pattern = "call-%Y%m%d-%H%M%S.flac"
    #expect(RecordingNames.matches("call-20260102-030405.flac", pattern))
    #expect(RecordingNames.matches("call-20260102-030405-12.flac", pattern))
    for other in [
      "call-2026010-030405.flac", "call-20260102-030405.wav", "call-20260102-030405-.flac",
      "call-20260102-030405-b.flac", "xcall-20260102-030405.flac", "call-20260102-030405.flac.1",
    ] {
      #expect(!RecordingNames.matches(other, pattern), "\(other)")
    }
    #expect(!RecordingNames.matches("May.wav", "%B.wav"))
    #expect(RecordingNames.fill("a-%Y-%%", at: 0).hasPrefix("a-19"))
  }

  @Test func nothingIsThereBeforeTheEnd() throws {
    try withDirectory { root in
      let recorder = try Recorder(pattern: "\(root)/%Y/a.wav", rate: 16_000, channels: 2)
      #expect(try files(root).isEmpty)
      try sound.withUnsafeBufferPointer { try recorder.write($0.baseAddress!, frames: 100) }
      let year = try #require(try files(root).first)
      #expect(try files("\(root)/\(year)").allSatisfy { $0.hasPrefix(".") })
      try recorder.finish()
      #expect(try files("\(root)/\(year)") == ["a.wav"])
      try recorder.finish()
      #expect(recorder.finished == 1)
    }
  }

  @Test func whatCannotWorkIsSaidAtOnce() throws {
    #expect(throws: SoundFileError.self) {
      try Recorder(pattern: "/nowhere/at/all.wav", rate: 16_000, channels: 1)
    }
    #expect(throws: SoundFileError.self) {
      try Recorder(pattern: "/tmp/a.opus", rate: 44_100, channels: 1)
    }
    #expect(throws: SoundFileError.self) {
      try Recorder(pattern: "/tmp/a.xyz", rate: 44_100, channels: 1)
    }
  }
}
