import Glibc
import ModelSupport
import S5
import Testing

@testable import Hush

/// Models that ask for less delay than a window.
@Suite struct LowDelayTests {
  struct Kind: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let path: String
    let delay: Double
    let hop: Double
  }

  static let kinds = [
    Kind(testDescription: "16 ms", path: TinyModel.half, delay: 0.016, hop: 0.008),
    Kind(testDescription: "8 ms", path: TinyModel.quarter, delay: 0.008, hop: 0.004),
  ]

  @Test(arguments: DenoiserTests.rates, kinds)
  func allPassMaskIsAPureDelay(rate: Int, kind: Kind) throws {
    let denoiser = try Denoiser.with(rate: rate, path: kind.path) { ConstantMask(32767) }
    let late = denoiser.latency
    #expect(abs(Double(late) / Double(rate) - kind.delay) < 1e-4)
    #expect(abs(Double(denoiser.hop) / Double(rate) - kind.hop) < 5e-5)
    #expect(denoiser.hopSeconds == kind.hop)
    let input = Noise.samples(6 * late + 7)
    let output = denoiser.process(input)
    #expect(output.prefix(late).allSatisfy { abs($0) < 1e-6 })
    let error = zip(input, output.dropFirst(late)).map { abs($0 - $1) }.max()!
    #expect(error < 2e-6)
  }

  /// By what comes out, with a model that takes 20 dB off.
  @Test(arguments: [8000, 16_000, 44_100, 192_000], kinds)
  func theLatencyIsWhereTheSoundIs(rate: Int, kind: Kind) throws {
    let denoiser = try Denoiser(model: try Model(path: kind.path), rate: rate, channels: 1)
    let input = Noise.samples(8 * denoiser.latency)
    let output = denoiser.process(input)
    let length = 3 * denoiser.latency
    let scores = (0...2 * denoiser.latency).map { shift in
      (0..<length).reduce(Float(0)) {
        $0 + input[$1 + denoiser.latency] * output[$1 + denoiser.latency + shift]
      }
    }
    let best = scores.indices.max { scores[$0] < scores[$1] }
    #expect(best == denoiser.latency)
    let power = (0..<length).reduce(Float(0)) { $0 + input[$1] * input[$1] }
    #expect(abs(scores[denoiser.latency] / power - 0.1) < 0.01)
  }

  @Test(arguments: kinds)
  func chunksDoNotMatter(kind: Kind) throws {
    let input = Noise.samples(4000, seed: 9)
    func denoiser() throws -> Denoiser {
      try Denoiser.with(channels: 2, path: kind.path) { RememberingMask() }
    }
    let whole = try denoiser().process(input)
    #expect(whole.contains { $0 != 0 })
    for chunks in [[1], [1, 63, 64, 65], [700, 3]] {
      #expect(try denoiser().process(input, chunks: chunks) == whole)
    }
    let hops = try denoiser()
    let count = 2 * hops.hop
    var output = Array(input.prefix(12 * count))
    output.withUnsafeMutableBufferPointer { samples in
      for start in stride(from: 0, to: samples.count, by: count) {
        let piece = UnsafeMutableBufferPointer(rebasing: samples[start..<start + count])
        hops.denoiseHop(UnsafeBufferPointer(piece), into: piece)
      }
    }
    #expect(Array(output.dropLast(count)) == Array(whole.prefix(12 * count).dropFirst(count)))
    #expect(hops.hopDelay + hops.hop == hops.latency)
  }

  @Test(arguments: [16_000, 44_100], kinds)
  func bypassIsExact(rate: Int, kind: Kind) throws {
    let denoiser = try Denoiser.with(rate: rate, path: kind.path) { ConstantMask(0) }
    denoiser.bypass = true
    let input = Noise.samples(8 * denoiser.latency + 11, seed: 21)
    let output = denoiser.process(input)
    #expect(Array(output.dropFirst(denoiser.latency)) == input.dropLast(denoiser.latency))
    #expect(output.prefix(denoiser.latency).allSatisfy { $0 == 0 })
  }

  /// A sine in the middle of a bin, whose power the window must not change.
  @Test(arguments: kinds)
  func statisticsDescribeTheHop(kind: Kind) throws {
    let denoiser = try Denoiser.with(path: kind.path) { ConstantMask(16384) }
    _ = denoiser.process((0..<2048).map { Float(sin(2 * Double.pi * 20 * Double($0) / 512)) })
    #expect(abs(denoiser.lastHop.inputPower - 0.5) < 0.001)
    #expect(abs(denoiser.lastHop.outputPower - 0.125) < 0.001)
  }

  /// The last mask goes on for 96 ms and then glides for 48, however long a hop is.
  @Test(arguments: kinds)
  func theFallbackKeepsItsTimes(kind: Kind) throws {
    let denoiser = try Denoiser.with(path: kind.path) { UnreliableMask(9000) { $0 < 200 } }
    let pace = Int((0.008 / kind.hop).rounded())
    let sound = FallbackTests.sine(hops: 300)
    var shares: [Float] = []
    for start in stride(from: 0, to: sound.count - denoiser.hop, by: denoiser.hop) {
      _ = denoiser.process(Array(sound[start..<start + denoiser.hop]))
      shares.append(denoiser.lastHop.dryShare)
    }
    #expect(shares.firstIndex { $0 > 0 } == 200 + 12 * pace)
    #expect(shares.firstIndex(of: 1) == 200 + 18 * pace - 1)
  }

  /// The spectral floor moves by half of its way every 8 ms.
  @Test(arguments: kinds)
  func theLimitMovesAsFast(kind: Kind) throws {
    let denoiser = try Denoiser.with(path: kind.path) { ConstantMask(0) }
    let silence = [Float](repeating: 0, count: 128)
    _ = denoiser.process(silence)
    denoiser.attenuationLimit = 20
    _ = denoiser.process(silence)
    #expect(abs(denoiser.lastHop.meanGain - 0.05) < 1e-5)
    _ = denoiser.process(silence)
    #expect(abs(denoiser.lastHop.meanGain - 0.075) < 1e-5)
  }
}
