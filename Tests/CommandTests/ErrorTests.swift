import AudioIO
import Foundation
import S5
import Testing

/// Every way to fail: one line that names the file, the documented code, and nothing left behind.
@Suite struct ErrorTests {
  private func expect(
    _ outcome: Hush.Outcome, _ status: Int32, names: String, _ words: String,
    left: [String], in place: Scratch, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(outcome.errorLines.count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(outcome.errors.contains(names), "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(outcome.errors.contains(words), "\(outcome.errors)", sourceLocation: sourceLocation)
    #expect(try place.names() == left, sourceLocation: sourceLocation)
  }

  private func denoise(_ place: Scratch, _ input: String, _ rest: String...) throws
    -> Hush.Outcome
  {
    let arguments = rest.isEmpty ? ["out.wav"] : rest
    return try Hush.shell(
      "cd '\(place.root)' && $DENOISE \(input) \(arguments.joined(separator: " "))")
  }

  private func place(_ file: String, _ bytes: [UInt8]) throws -> Scratch {
    let place = try Scratch()
    try Data(bytes).write(to: URL(fileURLWithPath: place.path(file)))
    return place
  }

  @Test func missingInput() throws {
    let place = try Scratch()
    try expect(
      try denoise(place, "in.wav"), 66, names: "in.wav", "no such file", left: [], in: place)
  }

  @Test func directoryAsInput() throws {
    let place = try Scratch()
    try expect(
      try denoise(place, "."), 66, names: ".:", "is a directory", left: [], in: place)
  }

  @Test func deviceAsInput() throws {
    let place = try Scratch()
    try expect(
      try denoise(place, "/dev/null"), 66, names: "/dev/null", "not a regular file", left: [],
      in: place)
  }

  @Test func emptyFile() throws {
    let place = try place("in.wav", [])
    try expect(
      try denoise(place, "in.wav"), 65, names: "in.wav", "is empty", left: ["in.wav"], in: place)
  }

  @Test func notSound() throws {
    let place = try place("in.wav", Array("just some text, not sound at all".utf8))
    try expect(
      try denoise(place, "in.wav"), 65, names: "in.wav", "not a sound file", left: ["in.wav"],
      in: place)
  }

  @Test func headerOnly() throws {
    let place = try Scratch()
    try Sounds.write([], to: place.path("in.wav"))
    try expect(
      try denoise(place, "in.wav"), 65, names: "in.wav", "no samples", left: ["in.wav"],
      in: place)
  }

  @Test(arguments: [
    ("wav", "16"), ("aiff", "16"), ("au", "16"), ("flac", "16"), ("ogg", "vorbis"),
    ("rf64", "16"),
  ])
  func cutOff(container: String, coding: String) throws {
    let place = try Scratch()
    let whole = place.path("whole")
    try Sounds.write(
      Sounds.noisy(frames: 60_000), to: whole, container: container, coding: coding)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: whole))
    try FileManager.default.removeItem(atPath: whole)
    let name = "in." + container
    try bytes.prefix(bytes.count * 2 / 3).write(to: URL(fileURLWithPath: place.path(name)))
    try expect(
      try denoise(place, name, "out." + container), 65, names: name, "cut off", left: [name],
      in: place)
    let forgiven = try denoise(place, name, "out.wav --allow-truncated")
    #expect(forgiven.status == 0, "\(forgiven.errors)")
    #expect(forgiven.errors.contains("warning"))
    let frames = try Sounds.read(place.path("out.wav")).samples.count
    #expect(frames > 20_000 && frames < 60_000)
  }

  /// Programs that write into pipes cannot know the length; their headers promise 4 GiB.
  @Test func unknownLengthIsNotCutOff() throws {
    let place = try Scratch()
    let path = place.path("in.wav")
    try Sounds.write(Sounds.noisy(frames: 500), to: path)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes.replaceSubrange(4..<8, with: [255, 255, 255, 255])
    bytes.replaceSubrange(40..<44, with: [255, 255, 255, 255])
    try bytes.write(to: URL(fileURLWithPath: path))
    #expect(try denoise(place, "in.wav").status == 0)
    #expect(try Sounds.read(place.path("out.wav")).samples.count == 500)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity, 1e30])
  func unusableSamples(value: Float) throws {
    let place = try Scratch()
    var samples = Sounds.noisy(frames: 20_000, channels: 2)
    samples[2 * 16_123 + 1] = value
    try Sounds.write(samples, to: place.path("in.wav"), coding: "float", channels: 2)
    let outcome = try denoise(place, "in.wav")
    try expect(
      outcome, 65, names: "in.wav", "sample 16123 of channel 2", left: ["in.wav"], in: place)
    #expect(outcome.errors.contains("1.007 s"))
  }

  @Test(arguments: [(7999, 1), (192_001, 1), (16_000, 9)])
  func outsideTheLimits(rate: Int, channels: Int) throws {
    let place = try Scratch()
    try Sounds.write(
      Sounds.noisy(frames: 100, channels: channels), to: place.path("in.wav"), rate: rate,
      channels: channels)
    try expect(
      try denoise(place, "in.wav"), 65, names: "in.wav", "hush takes", left: ["in.wav"],
      in: place)
  }

  @Test func existingOutput() throws {
    let place = try place("out.wav", [1, 2, 3])
    try Sounds.write(Sounds.noisy(frames: 100), to: place.path("in.wav"))
    try expect(
      try denoise(place, "in.wav"), 73, names: "out.wav", "--force",
      left: ["in.wav", "out.wav"], in: place)
    #expect(try Data(contentsOf: URL(fileURLWithPath: place.path("out.wav"))).count == 3)
    #expect(try denoise(place, "in.wav", "out.wav --force").status == 0)
    #expect(try Sounds.read(place.path("out.wav")).samples.count == 100)
  }

  @Test func forceLeavesTheOldOutputWhenItFails() throws {
    let place = try place("out.wav", [1, 2, 3])
    try Sounds.write([0, .nan], to: place.path("in.wav"), coding: "float")
    #expect(try denoise(place, "in.wav", "out.wav --force").status == 65)
    #expect(try Data(contentsOf: URL(fileURLWithPath: place.path("out.wav"))).count == 3)
    #expect(try place.names() == ["in.wav", "out.wav"])
  }

  @Test func outputIsTheInput() throws {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: 100), to: place.path("in.wav"))
    try FileManager.default.createSymbolicLink(
      atPath: place.path("link.wav"), withDestinationPath: "in.wav")
    for output in ["in.wav", "./in.wav", "link.wav"] {
      try expect(
        try denoise(place, "in.wav", output, "--force"), 64, names: output, "is the input",
        left: ["in.wav", "link.wav"], in: place)
    }
    #expect(try Sounds.read(place.path("in.wav")).samples.count == 100)
  }

  @Test func missingDirectory() throws {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: 100), to: place.path("in.wav"))
    try expect(
      try denoise(place, "in.wav", "there/out.wav"), 73, names: "there/out.wav", "not there",
      left: ["in.wav"], in: place)
    try expect(
      try denoise(place, "in.wav", "--output-dir", "there"), 73, names: "there", "not there",
      left: ["in.wav"], in: place)
  }

  @Test func directoryThatMayNotBeWritten() throws {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: 100), to: place.path("in.wav"))
    // Even for the superuser there are no files to be made there.
    try expect(
      try denoise(place, "in.wav", "/proc/self/out.wav"), 73, names: "out.wav", "choose another",
      left: ["in.wav"], in: place)
  }

  @Test func unknownExtension() throws {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: 100), to: place.path("in.wav"))
    try expect(
      try denoise(place, "in.wav", "out.xyz"), 64, names: "out.xyz", "--format",
      left: ["in.wav"], in: place)
  }

  @Test func formatThatCannotHoldTheSound() throws {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: 100), to: place.path("in.wav"), rate: 44_100)
    try expect(
      try denoise(place, "in.wav", "out.opus"), 64, names: "out.opus", "44100 Hz",
      left: ["in.wav"], in: place)
    try Sounds.write(Sounds.noisy(frames: 600, channels: 6), to: place.path("in.wav"), channels: 6)
    try expect(
      try denoise(place, "in.wav", "out.mp3"), 64, names: "out.mp3", "6 channels",
      left: ["in.wav"], in: place)
  }

  @Test func clashingNames() throws {
    let place = try Scratch()
    for directory in ["a", "b", "out"] {
      try FileManager.default.createDirectory(
        atPath: place.path(directory), withIntermediateDirectories: false)
    }
    for directory in ["a", "b"] {
      try Sounds.write(Sounds.noisy(frames: 100), to: place.path(directory + "/x.wav"))
    }
    try expect(
      try denoise(place, "a/x.wav b/x.wav", "--output-dir", "out"), 64, names: "b/x.wav",
      "same output as a/x.wav", left: ["a", "b", "out"], in: place)
    #expect(try place.names(in: "out").isEmpty)
  }

  /// A limit on file size fails writes half-way just as a full disk does.
  @Test(arguments: ["wav", "flac", "ogg"]) func fullDisk(ending: String) throws {
    let place = try Scratch()
    try Sounds.write(
      Sounds.noisy(frames: 24_000), to: place.path("in.wav"), coding: "float")
    let outcome = try Hush.shell(
      "cd '\(place.root)' && ulimit -f 4 && $DENOISE in.wav out.\(ending)")
    try expect(
      outcome, 74, names: "out." + ending, "nothing was left behind", left: ["in.wav"], in: place)
  }

  @Test(arguments: [
    "in.wav", "in.wav a.wav b.wav", "- -", "in.wav out.wav --rate 16000",
    "in.wav out.wav --attenuation-limit -3", "in.wav out.wav --format film",
    "in.wav out.wav --bits 17", "- - --rate 4000", "- - --rate 16000 --channels 9",
    "- - --rate 16000 --sample-format s17", "in.wav out.wav --jobs 0", "in.wav out.wav --what",
    "in.wav - --format wav", "in.wav out.wav --sample-format s16le",
  ])
  func senselessCommandLine(arguments: String) throws {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: 100), to: place.path("in.wav"))
    let outcome = try denoise(place, arguments, "")
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(outcome.errors.contains("Error: "))
    #expect(try place.names() == ["in.wav"])
  }

  @Test func badModel() throws {
    let place = try place("m.safetensors", Array("no model".utf8))
    try Sounds.write(Sounds.noisy(frames: 100), to: place.path("in.wav"))
    try expect(
      try denoise(place, "in.wav", "out.wav --model m.safetensors"), 65, names: "m.safetensors",
      ";", left: ["in.wav", "m.safetensors"], in: place)
    try expect(
      try denoise(place, "in.wav", "out.wav --model none.safetensors"), 66,
      names: "none.safetensors", ";", left: ["in.wav", "m.safetensors"], in: place)
  }

  @Test func latencyThatCannotBeHad() throws {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: 100), to: place.path("in.wav"))
    let file = try denoise(place, "in.wav", "out.wav --latency low")
    #expect(file.status == 64)
    #expect(file.errors.contains("has the delay that it was made for"))
    let low = try Hush.shell("cd '\(place.root)' && $HUSH denoise in.wav out.wav --latency low")
    if Model.builtInNames.contains(Model.standardName + "-low") {
      #expect(low.status == 0, "\(low.errors)")
    } else {
      try expect(
        low, 66, names: Model.standardName, "this build has no low-latency \(Model.standardName)",
        left: ["in.wav"], in: place)
    }
    try expect(
      try Hush.shell("cd '\(place.root)' && $HUSH denoise in.wav out2.wav --model huge"), 66,
      names: "huge", "no model of that name is built in", left: try place.names(), in: place)
  }

  @Test func oneLineWhateverTheName() throws {
    let place = try Scratch()
    let outcome = try Hush.denoise("a\nb\u{1b}[31m.wav", place.path("out.wav"))
    #expect(outcome.status == 66)
    #expect(outcome.errorLines.count == 1)
    #expect(!outcome.errors.contains("\u{1b}"))
  }
}
