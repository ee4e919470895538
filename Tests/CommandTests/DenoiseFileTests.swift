import AudioIO
import Foundation
import ModelSupport
import Testing

@testable import hush

@Suite struct DenoiseFileTests {
  @Test(
    arguments: [
      ("wav", "16", "wav", 2), ("wav", "24", "wav", 1), ("wav", "float", "wav", 1),
      ("flac", "16", "flac", 1), ("ogg", nil, "ogg", 1), ("opus", nil, "opus", 1),
      ("mp3", nil, "mp3", 1), ("aiff", "16", "aiff", 2), ("w64", "16", "w64", 1),
      ("caf", "24", "caf", 1),
    ] as [(String, String?, String, Int)])
  func keepsFormatRateChannelsAndLength(
    container: String, coding: String?, ending: String, channels: Int
  ) throws {
    let place = try Scratch()
    let (input, output) = (place.path("in." + ending), place.path("out." + ending))
    try Sounds.write(
      Sounds.noisy(frames: 5003, channels: channels), to: input, container: container,
      coding: coding, channels: channels)
    let outcome = try Hush.denoise(input, output)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let (before, after) = (
      try SoundFileReader(path: input), try SoundFileReader(path: output)
    )
    #expect(after.format == before.format)
    #expect(after.rate == 16_000)
    #expect(after.channels == channels)
    #expect(after.frames == 5003)
    #expect(try Sounds.read(output).samples.count == 5003 * channels)
    #expect(try place.names().count == 2)
  }

  /// With nothing to take off the output is the input: same place, same values.
  @Test(arguments: [(8000, 1), (16_000, 2), (44_100, 1), (48_000, 2)])
  func isAlignedToTheSample(rate: Int, channels: Int) throws {
    let place = try Scratch()
    let samples = Sounds.noisy(frames: rate / 3 + 17, rate: rate, channels: channels)
    try Sounds.write(samples, to: place.path("in.wav"), rate: rate, channels: channels)
    let outcome = try Hush.denoise(
      place.path("in.wav"), place.path("out.wav"), "--attenuation-limit", "0")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let result = try Sounds.read(place.path("out.wav"))
    #expect(result.samples.count == samples.count)
    #expect(Sounds.largestDifference(result.samples, samples) <= 1.01 / 32_768)
  }

  @Test(arguments: [1, 7, 100]) func shortFilesKeepTheirLength(frames: Int) throws {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: frames), to: place.path("in.wav"))
    #expect(try Hush.denoise(place.path("in.wav"), place.path("out.wav")).status == 0)
    #expect(try Sounds.read(place.path("out.wav")).samples.count == frames)
  }

  @Test func changesFormatWhenTold() throws {
    let place = try Scratch()
    let input = place.path("in.wav")
    try Sounds.write(Sounds.noisy(frames: 2000), to: input, coding: "24")
    let cases: [(String, [String], String, String)] = [
      ("a.flac", [], "flac", "24"), ("b.wav", ["--bits", "float"], "wav", "float"),
      ("c.dat", ["--format", "aiff", "--subtype", "16"], "aiff", "16"),
      ("d.mp3", [], "mp3", "mp3"), ("e", [], "wav", "24"),
    ]
    for (name, options, container, coding) in cases {
      let outcome = try Hush.shell(
        "$DENOISE '\(input)' '\(place.path(name))' \(options.joined(separator: " "))")
      #expect(outcome.status == 0, "\(outcome.errors)")
      let reader = try SoundFileReader(path: place.path(name))
      #expect(reader.format == SoundFormat(container: container, coding: coding))
      #expect(reader.frames == 2000)
    }
  }

  @Test func writesTheSameBytesEachTime() throws {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: 4000), to: place.path("in.wav"), coding: "float")
    for name in ["a.wav", "b.wav"] {
      #expect(try Hush.denoise(place.path("in.wav"), place.path(name)).status == 0)
    }
    let pages = try ["a.wav", "b.wav"].map {
      try Data(contentsOf: URL(fileURLWithPath: place.path($0)))
    }
    #expect(pages[0] == pages[1])
  }

  @Test func summaryTellsWhatWasDoneAndQuietDoesNot() throws {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: 16_000), to: place.path("in.wav"))
    let loud = try Hush.denoise(place.path("in.wav"), place.path("out.wav"))
    #expect(loud.text.contains("0:01.000"))
    #expect(loud.text.contains("real-time factor"))
    #expect(loud.text.contains("dB removed"))
    #expect(loud.text.contains("out.wav"))
    #expect(loud.errors.isEmpty)
    let quiet = try Hush.denoise(place.path("in.wav"), place.path("out.wav"), "--quiet", "--force")
    #expect(quiet.status == 0)
    #expect(quiet.output.isEmpty && quiet.errors.isEmpty)
  }

  @Test func severalInputsGoToADirectory() throws {
    let place = try Scratch()
    let names = ["a.wav", "b.wav", "c.wav"]
    for (i, name) in names.enumerated() {
      try Sounds.write(Sounds.noisy(frames: 1000 + i), to: place.path(name))
    }
    try FileManager.default.createDirectory(
      atPath: place.path("out"), withIntermediateDirectories: false)
    let outcome = try Hush.shell(
      "cd '\(place.root)' && $DENOISE a.wav b.wav c.wav --output-dir out --format flac")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try place.names(in: "out") == ["a.flac", "b.flac", "c.flac"])
    for (i, name) in ["a", "b", "c"].enumerated() {
      #expect(try Sounds.read(place.path("out/\(name).flac")).samples.count == 1000 + i)
    }
    #expect(outcome.text.contains("3 of 3 files"))
  }

  @Test func oneBadInputDoesNotStopTheOthers() throws {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: 1000), to: place.path("good.wav"))
    try Data("no sound".utf8).write(to: URL(fileURLWithPath: place.path("bad.wav")))
    try FileManager.default.createDirectory(
      atPath: place.path("out"), withIntermediateDirectories: false)
    let outcome = try Hush.denoise(
      place.path("bad.wav"), place.path("good.wav"), "--output-dir",
      place.path("out"))
    #expect(outcome.status == 65)
    #expect(outcome.errorLines.count == 1)
    #expect(try place.names(in: "out") == ["good.wav"])
  }

  /// The built-in model, which the other tests leave out for speed.
  @Test func builtInModelIsAlignedToo() throws {
    let place = try Scratch()
    let samples = Sounds.noisy(frames: 1600)
    try Sounds.write(samples, to: place.path("in.wav"))
    let outcome = try Hush.run(
      "denoise", place.path("in.wav"), place.path("out.wav"), "--attenuation-limit", "0")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let result = try Sounds.read(place.path("out.wav")).samples
    #expect(result.count == samples.count)
    #expect(Sounds.largestDifference(result, samples) <= 1.01 / 32_768)
  }

  /// However late the model lets the stream be, a file is not late.
  @Test(arguments: [TinyModel.half, TinyModel.quarter], [16_000, 44_100])
  func lowDelaysAreAlignedToo(model: String, rate: Int) throws {
    let place = try Scratch()
    let samples = Sounds.noisy(frames: 9_001, rate: rate)
    try Sounds.write(samples, to: place.path("in.wav"), coding: "float", rate: rate)
    let outcome = try Hush.run(
      "denoise", place.path("in.wav"), place.path("out.wav"), "--model", model)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let result = try Sounds.read(place.path("out.wav")).samples
    #expect(result.count == samples.count)
    // Up to the end, to the sample.
    #expect(Sounds.largestDifference(result.map { $0 * 10 }, samples) < 0.01)
  }

  @Test(arguments: [(16_000, 4000), (44_100, 11_001)])
  func presenceIsToldHopByHop(rate: Int, frames: Int) throws {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: frames, rate: rate), to: place.path("in.wav"), rate: rate)
    func run(_ model: String, _ table: String) throws -> Hush.Outcome {
      try Hush.run(
        "denoise", place.path("in.wav"), place.path("out.wav"), "--model", model, "--presence",
        place.path(table))
    }
    let deaf = try run(TinyModel.path, "p.csv")
    #expect(deaf.status == 65 && deaf.errors.contains("does not tell the presence"))
    #expect(try place.names() == ["in.wav"])
    #expect(try run(TinyModel.listening, "out.wav").status == 64)
    let outcome = try run(TinyModel.listening, "p.csv")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let text = try String(contentsOfFile: place.path("p.csv"), encoding: .utf8)
    let lines = text.split(separator: "\n")
    let hop = rate == 16_000 ? 128 : 352
    #expect(lines.first == "time,presence")
    #expect(lines.count == 1 + (frames + hop - 1) / hop)
    #expect(lines[1] == "0.0000,0.9000")
    #expect(lines[2].hasPrefix(decimals(Double(hop) / Double(rate), 4) + ",0.9000"))
    // It is not written over unasked.
    try FileManager.default.removeItem(atPath: place.path("out.wav"))
    let second = try run(TinyModel.listening, "p.csv")
    #expect(second.status == 73 && second.errors.contains("p.csv"))
    #expect(try place.names() == ["in.wav", "p.csv"])
  }

  /// The tiny model takes 20 dB off, and the summary measures it.
  @Test func noiseIsRemovedAndMeasured() throws {
    let place = try Scratch()
    let samples = Sounds.noisy(frames: 32_000)
    try Sounds.write(samples, to: place.path("in.wav"), coding: "float")
    let outcome = try Hush.denoise(place.path("in.wav"), place.path("out.wav"))
    #expect(outcome.text.contains("dB after: 20.0 dB removed"), "\(outcome.text)")
    let result = try Sounds.read(place.path("out.wav")).samples
    #expect(
      Sounds.largestDifference(result[8000...].map { $0 * 10 }, Array(samples[8000...])) < 0.01)
  }
}
