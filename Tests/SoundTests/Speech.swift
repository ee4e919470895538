import AudioIO
import Foundation
import Testing

/// Clean speech of one speaker, 16 kHz. `Clips/README.md` says whose.
struct Speech: Sendable, CustomTestStringConvertible {
  let name: String
  /// With a mean square of 0.05 squared, -26 dB, as a well set microphone has it.
  let samples: [Float]

  var testDescription: String { name }

  static let rate = 16_000
  static let level: Float = 0.05
  static let all = ["4446", "4788", "7447", "7729"].map { Speech($0) }
  /// 4446 an octave higher, as one calls out.
  static let calledOut = Speech("4446-called-out")

  private init(_ name: String) {
    self.name = name
    guard let folder = Bundle.module.resourceURL,
      let reader = try? SoundFileReader(
        path: folder.appending(path: "Clips/\(name).flac").path(percentEncoded: false)),
      reader.rate == Speech.rate, reader.channels == 1
    else { preconditionFailure("the clip \(name) cannot be read") }
    var samples = [Float](repeating: 0, count: Int(reader.frames ?? 0))
    let count = samples.withUnsafeMutableBufferPointer { try? reader.read(into: $0) }
    precondition(count == samples.count, "the clip \(name) is cut off")
    self.samples = samples.atLevel(Speech.level)
  }

  /// A piece of the speech that begins and ends softly, at the level of the whole.
  func burst(from start: Double, seconds: Double) -> [Float] {
    let (first, count) = (Int(start * 16_000), Int(seconds * 16_000))
    var piece = Array(samples[first..<first + count]).atLevel(Speech.level)
    let fade = 160
    for n in 0..<fade {
      let gain = Float(n) / Float(fade)
      piece[n] *= gain
      piece[count - 1 - n] *= gain
    }
    return piece
  }
}
