import AudioIO
import Foundation
import S5
import Spectral
import Testing

@testable import Hush

/// The front end against the trainer's, which wrote the features of ten seconds of real sound as a
/// golden case: the first 160,000 samples of Demo/reader.flac and Demo/vacuum.flac.
@Suite struct TrainerFeaturesTests {
  @Test func featuresOfRealSoundAreTheTrainers() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    var samples: [Float] = []
    for clip in ["reader", "vacuum"] {
      let reader = try SoundFileReader(path: root.appending(path: "Demo/\(clip).flac").path)
      #expect(reader.rate == 16000 && reader.channels == 1)
      var block = [Float](repeating: 0, count: 1 << 20)
      let count = try block.withUnsafeMutableBufferPointer { try reader.read(into: $0) }
      samples += block[..<count]
    }
    let stored = try Data(
      contentsOf: root.appending(path: "Tests/S5Tests/Golden/real.features"))
    let framing = Framing(rate: 16000)
    let analysis = Analysis(framing)
    let spectrum = Spectrum(count: framing.bins)
    let extractor = FeatureExtractor(Model.standard.frontEnd)
    let count = extractor.count
    let hops = 160_000 / framing.hop
    try #require(stored.count >= hops * count * 2)
    var different = 0
    var farthest = 0
    for hop in 0..<hops {
      samples.withUnsafeBufferPointer {
        analysis.push($0.baseAddress! + hop * framing.hop, into: spectrum)
      }
      extractor.push(spectrum)
      for k in 0..<count {
        let at = stored.startIndex + 2 * (hop * count + k)
        let theirs = Int16(bitPattern: UInt16(stored[at]) | UInt16(stored[at + 1]) << 8)
        let distance = abs(Int(extractor.features[k]) - Int(theirs))
        if distance > 0 { different += 1 }
        farthest = max(farthest, distance)
      }
    }
    // Two FFTs in single precision: where a bin is close to nothing its logarithm may differ by
    // some steps of 1/2048; nearly everywhere both round to the same integer.
    #expect(different < hops * count / 20, "\(different) of \(hops * count) features differ")
    #expect(farthest <= 64, "\(farthest)")
  }
}
