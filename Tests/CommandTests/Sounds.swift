import AudioIO
import Foundation

/// Sound made on the spot.
enum Sounds {
  /// A tone that comes and goes, in noise, on a 16-bit grid so that integer files hold it exactly;
  /// interleaved, each channel different.
  static func noisy(frames: Int, rate: Int = 16_000, channels: Int = 1) -> [Float] {
    var seed: UInt32 = 12_345
    return (0..<(frames * channels)).map { i in
      let (frame, channel) = (i / channels, i % channels)
      seed = seed &* 1_664_525 &+ 1_013_904_223
      let noise = Float(Int32(bitPattern: seed)) * 0x1p-31 * 0.05
      let time = Double(frame) / Double(rate)
      let loud = sin(2 * .pi * 1.5 * time) > 0 ? 0.4 : 0
      let tone = Float(loud * sin(2 * .pi * (300 + 100 * Double(channel)) * time))
      return ((tone + noise) * 32_768).rounded() / 32_768
    }
  }

  /// Writes a file; 16-bit WAV unless told otherwise.
  static func write(
    _ samples: [Float], to path: String, container: String = "wav", coding: String? = nil,
    rate: Int = 16_000, channels: Int = 1
  ) throws {
    let format = SoundFormat(container: container, coding: coding) ?? .wav16
    let writer = try SoundFileWriter(
      path: path, format: format, rate: rate, channels: channels, replacing: true)
    try samples.withUnsafeBufferPointer { (block) throws(SoundFileError) in
      try writer.write(block)
    }
    try writer.finish()
  }

  /// All samples of a file.
  static func read(_ path: String) throws -> (samples: [Float], rate: Int, channels: Int) {
    let reader = try SoundFileReader(path: path)
    var all: [Float] = []
    var block = [Float](repeating: 0, count: 4096 * reader.channels)
    while true {
      let frames = try block.withUnsafeMutableBufferPointer { (block) throws(SoundFileError) in
        try reader.read(into: block)
      }
      if frames == 0 { return (all, reader.rate, reader.channels) }
      all += block[..<(frames * reader.channels)]
    }
  }

  /// As raw 16-bit little-endian samples.
  static func raw16(_ samples: [Float]) -> Data {
    Data(
      samples.flatMap { sample in
        let value = UInt16(bitPattern: Int16(max(-32_768, min(32_767, sample * 32_768))))
        return [UInt8(value & 255), UInt8(value >> 8)]
      })
  }

  static func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }
}
