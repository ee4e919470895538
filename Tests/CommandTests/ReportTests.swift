import AudioIO
import Foundation
import Testing

@testable import hush

@Suite struct ReportTests {
  private func report(seconds: Int = 1) throws -> (place: Scratch, page: String) {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: 16_000 * seconds), to: place.path("in <&>.wav"))
    let outcome = try Hush.denoise(
      place.path("in <&>.wav"), place.path("out.wav"), "--report",
      place.path("r.html"))
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try place.names() == ["in <&>.wav", "out.wav", "r.html"])
    return (place, try String(contentsOfFile: place.path("r.html"), encoding: .utf8))
  }

  /// What is in a page as `data:` of a type.
  private func attachments(_ page: String, _ type: String) -> [Data] {
    page.components(separatedBy: "data:\(type);base64,").dropFirst().compactMap {
      Data(base64Encoded: String($0.prefix { $0 != "\"" }))
    }
  }

  @Test func isOnePageThatNeedsNothingElse() throws {
    let (_, page) = try report()
    #expect(page.hasPrefix("<!doctype html>"))
    #expect(page.hasSuffix("</html>\n"))
    for word in ["http:", "https:", "src=\"/", "@import", "url("] { #expect(!page.contains(word)) }
    #expect(page.contains("in &lt;&amp;&gt;.wav"))
    #expect(page.contains("Noise floor before"))
    #expect(page.contains("prefers-color-scheme:dark"))
  }

  @Test func hasPlayableSoundBeforeAndAfter() throws {
    let (place, page) = try report()
    let sounds = attachments(page, "audio/mpeg")
    #expect(sounds.count == 2)
    for sound in sounds {
      try sound.write(to: URL(fileURLWithPath: place.path("x.mp3")))
      #expect(try Sounds.read(place.path("x.mp3")).samples.count == 16_000)
    }
  }

  @Test func hasPicturesBeforeAndAfter() throws {
    let (_, page) = try report()
    let pictures = attachments(page, "image/png")
    #expect(pictures.count == 2)
    for picture in pictures {
      #expect(picture.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
    }
  }

  @Test func doesNotReplaceSoundOrPages() throws {
    let place = try Scratch()
    try Sounds.write(Sounds.noisy(frames: 100), to: place.path("in.wav"))
    let (input, output) = (place.path("in.wav"), place.path("out.wav"))
    for report in [input, output] {
      #expect(try Hush.denoise(input, output, "--report", report, "-f").status == 64)
    }
    try Data([1]).write(to: URL(fileURLWithPath: place.path("r.html")))
    #expect(
      try Hush.denoise(input, output, "--report", place.path("r.html")).status == 73)
    #expect(try place.names() == ["in.wav", "r.html"])
  }

  /// The compressor against a decompressor of its own, byte for byte.
  @Test(arguments: [0, 1, 3, 300, 70_000]) func compressionCanBeUndone(count: Int) throws {
    var seed: UInt32 = 7
    let bytes = (0..<count).map { i -> UInt8 in
      seed = seed &* 1_664_525 &+ 1_013_904_223
      return i % 1000 < 600 ? UInt8(i % 1000 < 300 ? 0 : seed >> 30) : UInt8(seed >> 24)
    }
    #expect(try Inflate.decode(Deflate.encode(bytes)) == bytes)
  }

  @Test func pictureStaysBoundedAndShowsATone() {
    let spectrogram = Spectrogram(rate: 16_000)
    for i in 0..<600_000 {
      spectrogram.add(Float(sin(2 * Double.pi * 2000 * Double(i) / 16_000)))
    }
    #expect(spectrogram.columnCount > 500 && spectrogram.columnCount <= 1200)
    let column = spectrogram.columnCount / 2
    let powers = spectrogram.columns[(column * 256)..<((column + 1) * 256)]
    let loudest = powers.enumerated().max { $0.element < $1.element }
    #expect(loudest?.offset == 64)
    #expect(abs(10 * log10(Double(loudest?.element ?? 0))) < 0.1)
  }

  @Test func noiseMeterFindsTheFloor() throws {
    let meter = NoiseMeter(rate: 16_000, channels: 1)
    // Noise of -40 dB with loud tones half of the time; 20 dB of the noise are taken off.
    let sounds = Sounds.noisy(frames: 160_000).map { $0 }
    let quiet = sounds.map { abs($0) <= 0.051 ? $0 * 0.1 : $0 }
    sounds.withUnsafeBufferPointer { meter.before($0) }
    quiet.withUnsafeBufferPointer { meter.after($0) }
    let result = try #require(meter.result)
    // Uniform noise of amplitude 0.05.
    #expect(abs(result.before - 20 * log10(0.05 / 3.0.squareRoot())) < 0.6)
    #expect(abs(result.removed - 20) < 0.6)
  }

  @Test func digitalSilenceIsNoNoise() throws {
    let meter = NoiseMeter(rate: 8000, channels: 1)
    let silence = [Float](repeating: 0, count: 80_000)
    let noise = Sounds.noisy(frames: 16_000, rate: 8000)
    for block in [silence, noise, silence] {
      block.withUnsafeBufferPointer { meter.before($0) }
      block.withUnsafeBufferPointer { meter.after($0) }
    }
    let result = try #require(meter.result)
    #expect(abs(result.before - 20 * log10(0.05 / 3.0.squareRoot())) < 0.8)
    #expect(result.removed == 0)
  }
}
