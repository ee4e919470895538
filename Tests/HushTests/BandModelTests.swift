import Foundation
import S5
import Spectral
import Testing

@testable import Hush

/// A model of the third format against the trainer: the golden case `bands`, whose sound, features,
/// masked spectra and enhanced sound the trainer wrote; see golden.py in Training.
@Suite struct BandModelTests {
  static let hop = 128
  static let hops = 150

  static func url(_ ending: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "S5Tests/Golden/bands.\(ending)")
  }

  static func numbers<T: BitwiseCopyable>(_ ending: String, as type: T.Type) throws -> [T] {
    let data = try Data(contentsOf: url(ending))
    return data.withUnsafeBytes { bytes in
      (0..<bytes.count / MemoryLayout<T>.size).map {
        bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)
      }
    }
  }

  static func model() throws -> Model { try Model(path: url("safetensors").path) }

  /// Every hop's spectrum of the sound.
  static func analyse(_ body: (Int, Spectrum) -> Void) throws {
    let sound = try numbers("sound", as: Float.self)
    let framing = Framing(rate: 16_000)
    let analysis = Analysis(framing)
    let spectrum = Spectrum(count: framing.bins)
    try #require(sound.count == hops * hop && framing.hop == hop)
    for t in 0..<hops {
      sound.withUnsafeBufferPointer {
        analysis.push($0.baseAddress! + t * hop, into: spectrum)
      }
      body(t, spectrum)
    }
  }

  /// Two rooms that do not know each other say the same.
  @Test func bandsAreThoseOfTheBank() {
    #expect(Model.FrontEnd.bins == FilterBank.bins)
    #expect(Model.FrontEnd.bandCounts == FilterBank.counts)
  }

  @Test func featuresAreTheTrainers() throws {
    let model = try Self.model()
    let rounded = try Self.numbers("features", as: Int16.self)
    let reals = try Self.numbers("reals", as: Float.self)
    let extractor = FeatureExtractor(model.frontEnd)
    let count = extractor.count
    try #require(count == 608)
    try #require(rounded.count == Self.hops * count && reals.count == rounded.count)
    var different = 0
    var farthest = 0
    var far = 0
    try Self.analyse { t, spectrum in
      extractor.push(spectrum)
      for k in 0..<count {
        let own = extractor.features[k]
        let distance = abs(Int(own) - Int(rounded[t * count + k]))
        if distance > 0 { different += 1 }
        farthest = max(farthest, distance)
        // Half a step is rounding.
        if abs(Float(own) / 2048 - reals[t * count + k]) > 0.5 / 2048 + 2e-4 { far += 1 }
      }
    }
    #expect(different < rounded.count / 200, "\(different) of \(rounded.count) differ")
    #expect(far < rounded.count / 2000, "\(far) of \(rounded.count) are far")
    // Where there is next to no power, two FFTs differ.
    #expect(farthest <= 32, "\(farthest)")
  }

  /// The trainer's mask on the trainer's sound.
  @Test func maskedSpectraAreTheTrainers() throws {
    let outputs = try Self.numbers("outputs", as: Int16.self)
    let masked = try Self.numbers("masked", as: Float.self)
    let sizes = try Self.model().architecture
    let curve = GainCurve(bands: sizes.gains, turns: sizes.turns, count: 257)
    var expander = Expander(hopSeconds: 0.008)
    var farthest: Float = 0
    var changed: Float = 0
    try Self.analyse { t, spectrum in
      outputs.withUnsafeBufferPointer {
        let mask = $0.baseAddress! + t * sizes.outputs
        expander.advance(presence: Float(mask[sizes.outputs - 1]) / 32767)
        curve.set(mask, expansion: expander.gain, floor: 0)
      }
      let before = (0..<257).map { spectrum.im[$0] }
      _ = curve.apply(to: spectrum)
      let start = 2 * 257 * t
      for k in 0..<257 {
        farthest = max(farthest, abs(spectrum.re[k] - masked[start + k]))
        // The first and last have no imaginary parts.
        guard k > 0, k < 256 else { continue }
        farthest = max(farthest, abs(spectrum.im[k] - masked[start + 257 + k]))
        if k < 96 { changed = max(changed, abs(spectrum.im[k] - before[k] * curve.gains[k])) }
      }
    }
    #expect(farthest < 1e-6)
    #expect(changed > 0.01, "imaginary parts are at work")
  }

  /// A mask source that repeats what is in the file.
  final class Replay: MaskSource {
    private let outputs: [Int16]
    private let count: Int
    private var hop = 0

    init(_ outputs: [Int16], count: Int) { (self.outputs, self.count) = (outputs, count) }

    func step(
      _ features: UnsafePointer<Int16>, into mask: UnsafeMutablePointer<Int16>, by cutoff: Cutoff
    ) -> Bool {
      for k in 0..<count { mask[k] = outputs[hop * count + k] }
      hop = min(hop + 1, outputs.count / count - 1)
      return true
    }

    func reset() { hop = 0 }
  }

  @Test func enhancedSoundIsTheTrainers() throws {
    let model = try Self.model()
    let outputs = try Self.numbers("outputs", as: Int16.self)
    let sound = try Self.numbers("sound", as: Float.self)
    let enhanced = try Self.numbers("enhanced", as: Float.self)
    let replay = try Denoiser(model: model, rate: 16_000, channels: 1) {
      Replay(outputs, count: model.architecture.outputs)
    }
    // With the same masks, then with its own, whose features may differ by a step.
    for (denoiser, allowed) in [
      (replay, Float(1e-6)), (try Denoiser(model: model, rate: 16_000, channels: 1), 1e-4),
    ] {
      let late = denoiser.hopDelay
      let input = sound + [Float](repeating: 0, count: late + Self.hop)
      let output = denoiser.process(input).dropFirst(denoiser.latency)
      let count = sound.count - late
      let error = zip(output.prefix(count), enhanced).map { abs($0 - $1) }.max()!
      #expect(error < allowed)
      #expect(enhanced[..<count].contains { abs($0) > 0.05 })
    }
    #expect(replay.lastHop.presence != nil)
  }

  @Test func theNetworkIsTheTrainers() throws {
    let model = try Self.model()
    let features = try Self.numbers("features", as: Int16.self)
    let outputs = try Self.numbers("outputs", as: Int16.self)
    let network = FixedPointNetwork(model)
    let sizes = model.architecture
    var mask = [Int16](repeating: 0, count: sizes.outputs)
    for t in 0..<Self.hops {
      features.withUnsafeBufferPointer {
        network.step($0.baseAddress! + t * sizes.features, into: &mask)
      }
      if mask != Array(outputs[t * sizes.outputs..<(t + 1) * sizes.outputs]) {
        Issue.record("hop \(t) differs")
        break
      }
    }
  }
}
