import AudioIO
import Foundation
import ModelSupport
import Testing

@Suite struct StreamTests {
  @Test func streamHasTheLengthAndPlaceOfItsInput() throws {
    let samples = Sounds.noisy(frames: 5001, channels: 2)
    let input = Sounds.raw16(samples)
    let outcome = try Hush.denoise(
      "-", "-", "--rate", "16000", "--channels", "2", "--attenuation-limit", "0",
      input: input)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.count == input.count)
    let off = zip(outcome.output.pairs, input.pairs).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(off <= 1)
  }

  @Test(arguments: SampleFormat.allCases) func everySampleFormat(format: SampleFormat) throws {
    let place = try Scratch()
    let path = place.path("in.wav")
    try Sounds.write(Sounds.noisy(frames: 999), to: path)
    let limit = ["--attenuation-limit", "0"].joined(separator: " ")
    let raw = "--sample-format \(format.rawValue)"
    let outcome = try Hush.shell(
      """
      cd '\(place.root)' && $DENOISE in.wav - \(limit) \(raw) --quiet > raw &&
      $DENOISE - out.wav --rate 16000 \(limit) \(raw) --bits 16 --quiet < raw
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let raws = try Data(contentsOf: URL(fileURLWithPath: place.path("raw")))
    #expect(raws.count == 999 * format.width)
    let (before, after) = (try Sounds.read(path), try Sounds.read(place.path("out.wav")))
    #expect(after.samples.count == 999)
    #expect(Sounds.largestDifference(before.samples, after.samples) <= 2.01 / 32_768)
  }

  @Test func nothingInNothingOut() throws {
    let outcome = try Hush.denoise("-", "-", "--rate", "16000")
    #expect(outcome.status == 0)
    #expect(outcome.output.isEmpty)
  }

  @Test func nothingInIsNoFile() throws {
    let place = try Scratch()
    let outcome = try Hush.denoise("-", place.path("out.wav"), "--rate", "16000")
    #expect(outcome.status == 65)
    #expect(try place.names().isEmpty)
  }

  @Test func partOfAFrameIsAWarning() throws {
    let input = Sounds.raw16(Sounds.noisy(frames: 1000, channels: 2)) + [1, 2, 3]
    let outcome = try Hush.denoise(
      "-", "-", "--rate", "16000", "--channels", "2", "--quiet", input: input)
    #expect(outcome.status == 0)
    #expect(outcome.output.count == 4000)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("last 3 bytes"))
  }

  @Test func unusableSampleInAStream() throws {
    var words = [Float](repeating: 0.1, count: 100)
    words[42] = .nan
    let outcome = try Hush.denoise(
      "-", "-", "--rate", "16000", "--sample-format", "f32le",
      input: words.withUnsafeBytes { Data($0) })
    #expect(outcome.status == 65)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("sample 42 of channel 1"))
  }

  @Test func fileByMistakeInAStream() throws {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: 1000), to: place.path("in.wav"))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: place.path("in.wav")))
    let outcome = try Hush.denoise("-", "-", "--rate", "16000", input: bytes)
    #expect(outcome.status == 65)
    #expect(outcome.output.isEmpty)
  }

  @Test func readerThatGoesAwayIsQuiet() throws {
    let place = try Scratch()
    let outcome = try Hush.shell(
      """
      cd '\(place.root)' && { $DENOISE - - --rate 16000 < /dev/zero; echo $? > code; } |
      head -c 10 > /dev/null; cat code
      """)
    #expect(outcome.text == "141\n")
    #expect(outcome.errors.isEmpty)
  }

  @Test func fullDeviceIsAnError() throws {
    let outcome = try Hush.shell(
      "head -c 64000 /dev/zero | $DENOISE - - --rate 16000 > /dev/full")
    #expect(outcome.status == 74)
    #expect(outcome.errors.contains("no space left"))
    #expect(outcome.errorLines.count == 1)
  }

  /// In a pipe what went in comes out before the next comes: all but the denoiser's delay.
  @Test func holdsNothingBack() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Hush.path)
    process.arguments = [
      "denoise", "--model", TinyModel.path, "-", "-", "--rate", "16000", "--quiet",
    ]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let piece = Sounds.raw16(Sounds.noisy(frames: 1600))
    var received = 0
    for round in 1...5 {
      try input.fileHandleForWriting.write(contentsOf: piece)
      // A tenth of a second is more than any delay here; the wait is only against a hang.
      while received < (round - 1) * piece.count {
        var wait = pollfd(
          fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        try #require(poll(&wait, 1, 20_000) == 1, "nothing came after \(round) pieces")
        received += output.fileHandleForReading.availableData.count
      }
    }
    try input.fileHandleForWriting.close()
    while case let rest = output.fileHandleForReading.availableData, !rest.isEmpty {
      received += rest.count
    }
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(received == 5 * piece.count)
  }

  /// Memory must not follow the length, from a stream into a file. The kernel's high-water mark is
  /// read twice from the one process.
  @Test func memoryDoesNotGrowWithLength() throws {
    let place = try Scratch()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Hush.path)
    process.arguments = [
      "denoise", "--model", TinyModel.path, "-", place.path("out.wav"), "--rate", "48000", "-q",
    ]
    let input = Pipe()
    process.standardInput = input
    try process.run()
    let second = Sounds.raw16(Sounds.noisy(frames: 48_000, rate: 48_000))
    var peaks: [Int] = []
    for seconds in [2, 20] {
      for _ in 0..<seconds { try input.fileHandleForWriting.write(contentsOf: second) }
      let status = try String(
        contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
      peaks.append(try #require(Int(line.filter(\.isNumber))))
    }
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try Sounds.read(place.path("out.wav")).samples.count == 22 * 48_000)
    // Kept as bytes, 20 s would be 1875 KiB.
    #expect(peaks[1] - peaks[0] < 1000, "\(peaks) KiB")
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func signalsLeaveNothing(number: Int32) throws {
    let place = try Scratch()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Hush.path)
    process.arguments = [
      "denoise", "--model", TinyModel.path, "-", place.path("out.wav"), "--rate", "16000",
    ]
    let input = Pipe()
    process.standardInput = input
    try process.run()
    // The output is open once the input is taken, which is when more than a pipe holds fits in.
    try input.fileHandleForWriting.write(contentsOf: Data(count: 200_000))
    #expect(try place.names().count == 1)
    kill(process.processIdentifier, number)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(process.terminationStatus == number)
    #expect(try place.names().isEmpty)
  }
}

extension Data {
  /// 16-bit little-endian integers.
  fileprivate var pairs: [Int] {
    stride(from: 0, to: count - 1, by: 2).map {
      Int(Int16(bitPattern: UInt16(self[$0]) | UInt16(self[$0 + 1]) << 8))
    }
  }
}
