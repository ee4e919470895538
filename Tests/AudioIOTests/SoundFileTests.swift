import Foundation
import Testing

@testable import AudioIO

@Suite struct SoundFileTests {
  private let root = NSTemporaryDirectory() + "hush-audio-" + UUID().uuidString

  private func withDirectory(_ body: (String) throws -> Void) throws {
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: root) }
    try body(root)
  }

  private func ramp(_ count: Int, step: Float) -> [Float] {
    (0..<count).map { Float(($0 * 7919) % 65_536 - 32_768) * step }
  }

  private func write(
    _ samples: [Float], _ path: String, _ format: SoundFormat, channels: Int = 1
  ) throws -> Int {
    let writer = try SoundFileWriter(path: path, format: format, rate: 16_000, channels: channels)
    try samples.withUnsafeBufferPointer { (block) throws(SoundFileError) in
      try writer.write(block)
    }
    try writer.finish()
    return writer.clipped
  }

  private func read(_ path: String) throws -> [Float] {
    let reader = try SoundFileReader(path: path)
    var block = [Float](repeating: 0, count: 1000 * reader.channels)
    var all: [Float] = []
    while true {
      let frames = try block.withUnsafeMutableBufferPointer { (block) throws(SoundFileError) in
        try reader.read(into: block)
      }
      if frames == 0 { return all }
      all += block[..<(frames * reader.channels)]
    }
  }

  @Test(arguments: [
    ("wav", "16", 15), ("wav", "24", 23), ("wav", "32", 23), ("wav", "float", 23),
    ("flac", "16", 15), ("flac", "24", 23), ("aiff", "24", 23), ("au", "16", 15),
    ("w64", "24", 23), ("rf64", "16", 15), ("caf", "alac16", 15), ("wav", "8", 7),
    ("caf", "alac24", 23), ("wav", "double", 23),
  ])
  func integersComeBackExactly(container: String, coding: String, bits: Int) throws {
    try withDirectory { (root) throws in
      let unit = Float(sign: .plus, exponent: -bits, significand: 1)
      let top = 1 << bits
      let samples = (0..<5000).map { Float(($0 * 104_729) % (2 * top) - top) * unit }
      let format = try #require(SoundFormat(container: container, coding: coding))
      let path = root + "/x"
      #expect(try write(samples, path, format) == 0)
      #expect(try read(path) == samples)
    }
  }

  @Test(arguments: ["16", "24", "ulaw"]) func beyondFullScaleIsCut(coding: String) throws {
    try withDirectory { (root) throws in
      let format = try #require(SoundFormat(container: "wav", coding: coding))
      #expect(try write([1.5, -1.5, 0.25, 1, -1, 100], root + "/x", format) == 3)
      let back = try read(root + "/x")
      #expect(back[0] > 0.98 && back[1] < -0.98 && abs(back[2] - 0.25) < 0.01)
      #expect(back[0] == back[5] && back[3] == back[0] && back[4] == back[1])
    }
  }

  @Test func floatsMayBeBeyondFullScale() throws {
    try withDirectory { (root) throws in
      #expect(try write([1.5, -7], root + "/x", .wavFloat) == 0)
      #expect(try read(root + "/x") == [1.5, -7])
    }
  }

  @Test func tagsAreKept() throws {
    try withDirectory { (root) throws in
      let first = root + "/a.flac"
      // A file with tags, made by hand: a WAV with a LIST chunk.
      var list = Data("INFO".utf8)
      for (key, text) in [("INAM", "A title"), ("IART", "An artist")] {
        var body = Data(text.utf8) + [0]
        if body.count % 2 == 1 { body.append(0) }
        list += Data(key.utf8) + withUnsafeBytes(of: UInt32(body.count)) { Data($0) } + body
      }
      _ = try write([0, 0.5], root + "/plain.wav", .wav16)
      var file = try Data(contentsOf: URL(fileURLWithPath: root + "/plain.wav"))
      file += Data("LIST".utf8) + withUnsafeBytes(of: UInt32(list.count)) { Data($0) } + list
      file.replaceSubrange(4..<8, with: withUnsafeBytes(of: UInt32(file.count - 8)) { Data($0) })
      try file.write(to: URL(fileURLWithPath: root + "/a.wav"))
      let reader = try SoundFileReader(path: root + "/a.wav")
      #expect(reader.tags.title == "A title")
      let format = try #require(SoundFormat(container: "flac"))
      let writer = try SoundFileWriter(
        path: first, format: format, rate: 16_000, channels: 1, tags: reader.tags)
      try [Float](repeating: 0, count: 10).withUnsafeBufferPointer {
        (block) throws(SoundFileError) in try writer.write(block)
      }
      try writer.finish()
      let again = try SoundFileReader(path: first)
      #expect(again.tags.title == "A title")
      #expect(again.tags.artist == "An artist")
    }
  }

  @Test func unfinishedLeavesNothing() throws {
    try withDirectory { (root) throws in
      do {
        let writer = try SoundFileWriter(
          path: root + "/x.wav", format: .wav16, rate: 8000, channels: 1)
        try ramp(10_000, step: 0x1p-15).withUnsafeBufferPointer {
          (block) throws(SoundFileError) in try writer.write(block)
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: root)
        #expect(names.count == 1 && names[0].hasPrefix(".hush-"))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: root).isEmpty)
    }
  }

  @Test func aNameTakenMeanwhileIsNotReplaced() throws {
    try withDirectory { (root) throws in
      let file = try AtomicFile(path: root + "/x", replacing: false)
      try file.write("mine")
      try Data("theirs".utf8).write(to: URL(fileURLWithPath: root + "/x"))
      #expect(throws: SoundFileError.self) { try file.commit() }
      #expect(try String(contentsOfFile: root + "/x", encoding: .utf8) == "theirs")
      #expect(try FileManager.default.contentsOfDirectory(atPath: root) == ["x"])
    }
  }

  @Test func replacingKeepsPermissionsAndLinks() throws {
    try withDirectory { (root) throws in
      try Data("old".utf8).write(to: URL(fileURLWithPath: root + "/x"))
      chmod(root + "/x", 0o640)
      try FileManager.default.createSymbolicLink(
        atPath: root + "/link", withDestinationPath: "x")
      let file = try AtomicFile(path: root + "/link", replacing: true)
      try file.write("new")
      try file.commit()
      #expect(try String(contentsOfFile: root + "/x", encoding: .utf8) == "new")
      var information = stat()
      #expect(lstat(root + "/link", &information) == 0)
      #expect(information.st_mode & S_IFMT == S_IFLNK)
      #expect(stat(root + "/x", &information) == 0)
      #expect(information.st_mode & 0o777 == 0o640)
    }
  }

  /// Sizes past 4 GiB need wide headers; nothing of that size is written here.
  @Test func longWavesBecomeWide() throws {
    try withDirectory { (root) throws in
      let writer = try SoundFileWriter(
        path: root + "/x.wav", format: .wav16, rate: 48_000, channels: 2, frames: 2_000_000_000)
      #expect(writer.format == SoundFormat(container: "rf64", coding: "16"))
      let aiff = try #require(SoundFormat(container: "aiff"))
      #expect(throws: SoundFileError.self) {
        try SoundFileWriter(
          path: root + "/x.aiff", format: aiff, rate: 48_000, channels: 2, frames: 2_000_000_000)
      }
    }
  }

  @Test func pathsComeApart() {
    #expect(directoryName("a") == "." && directoryName("/a") == "/" && directoryName("b/a") == "b")
    #expect(fileExtension("a.b/c") == "" && fileExtension("x/.wav") == "")
    #expect(fileExtension("A.WAV") == "wav")
    #expect(replacingExtension("d.e/a.wav", with: "flac") == "d.e/a.flac")
    #expect(replacingExtension("d.e/a", with: "flac") == "d.e/a.flac")
  }
}
