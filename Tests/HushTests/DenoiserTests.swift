import Glibc
import S5
import Testing

@testable import Hush

@Suite struct DenoiserTests {
  static let rates = [8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000, 192_000]

  @Test(arguments: rates)
  func allPassMaskIsAPureDelay(rate: Int) throws {
    let denoiser = try Denoiser.with(rate: rate) { ConstantMask(32767) }
    let late = denoiser.latency
    #expect(abs(Double(late) / Double(rate) - 0.032) < 1e-4)
    let input = Noise.samples(2 * late + 7)
    let output = denoiser.process(input)
    #expect(output.prefix(late).allSatisfy { abs($0) < 1e-6 })
    let error = zip(input, output.dropFirst(late)).map { abs($0 - $1) }.max()!
    #expect(error < 2e-6)
  }

  @Test func closedMaskSilences() throws {
    let denoiser = try Denoiser.with { ConstantMask(0) }
    #expect(denoiser.process(Noise.samples(2000)).allSatisfy { $0 == 0 })
  }

  @Test(arguments: [8000, 16000, 44100])
  func chunksDoNotMatter(rate: Int) throws {
    let input = Noise.samples(2 * (rate / 10), seed: 9)
    let whole = try Denoiser.with(rate: rate, channels: 2) { RememberingMask() }.process(input)
    #expect(whole.contains { $0 != 0 })
    var noise = Noise(seed: 3)
    let random = (0..<50).map { _ in 1 + Int(abs(noise.next()) * 700) }
    for chunks in [[1], [1, 127, 128, 129], random] {
      let denoiser = try Denoiser.with(rate: rate, channels: 2) { RememberingMask() }
      #expect(denoiser.process(input, chunks: chunks) == whole)
    }
  }

  @Test(arguments: [8000, 16000, 44100])
  func wholeHopsComeAHopEarlier(rate: Int) throws {
    let denoiser = try Denoiser.with(rate: rate, channels: 2) { RememberingMask() }
    let hop = denoiser.hop
    let input = Noise.samples(20 * hop * 2, seed: 4)
    let streamed = try Denoiser.with(rate: rate, channels: 2) { RememberingMask() }.process(input)
    #expect(denoiser.hopDelay + hop == denoiser.latency)
    var output = input
    output.withUnsafeMutableBufferPointer { samples in
      for start in stride(from: 0, to: samples.count, by: 2 * hop) {
        let piece = UnsafeMutableBufferPointer(rebasing: samples[start..<start + 2 * hop])
        denoiser.denoiseHop(UnsafeBufferPointer(piece), into: piece)
      }
    }
    #expect(Array(output.dropLast(2 * hop)) == Array(streamed.dropFirst(2 * hop)))
  }

  @Test func worksInPlace() throws {
    let input = Noise.samples(3000, seed: 4)
    let apart = try Denoiser.with { RememberingMask() }.process(input)
    let denoiser = try Denoiser.with { RememberingMask() }
    var samples = input
    var span = samples.mutableSpan
    denoiser.process(&span)
    #expect(samples == apart)
  }

  @Test func noFramesAreFine() throws {
    let denoiser = try Denoiser(rate: 16000, channels: 2)
    #expect(denoiser.process([]).isEmpty)
  }

  @Test func resetIsLikeNew() throws {
    let input = Noise.samples(2500, seed: 5)
    let denoiser = try Denoiser.with { RememberingMask() }
    denoiser.attenuationLimit = 20
    let first = denoiser.process(input)
    _ = denoiser.process(Noise.samples(777, seed: 6))
    denoiser.reset()
    #expect(denoiser.lastHop == HopStatistics())
    #expect(denoiser.process(input) == first)
  }

  @Test func channelsAreIndependent() throws {
    let frames = 1500
    let voices = (0..<8).map { Noise.samples(frames, seed: 100 + UInt64($0)) }
    let mixed = (0..<(frames * 8)).map { voices[$0 % 8][$0 / 8] }
    let together = try Denoiser.with(channels: 8) { RememberingMask() }.process(mixed)
    for (index, voice) in voices.enumerated() {
      let alone = try Denoiser.with { RememberingMask() }.process(voice)
      #expect((0..<frames).allSatisfy { together[$0 * 8 + index] == alone[$0] })
    }
  }

  @Test func whatIsNoNumberCountsAsZero() throws {
    var poisoned = Noise.samples(4000, seed: 7)
    var clean = poisoned
    for (at, value) in [
      (300, Float.nan), (301, .infinity), (900, -.infinity), (901, .signalingNaN), (1700, 3e38),
    ] {
      poisoned[at] = value
      clean[at] = 0
    }
    let output = try Denoiser.with { RememberingMask() }.process(poisoned)
    #expect(output == (try Denoiser.with { RememberingMask() }.process(clean)))
    #expect(output.allSatisfy { $0.isFinite })
  }

  @Test func theLoudestAdmittedSoundStaysFinite() throws {
    let denoiser = try Denoiser(rate: 16000, channels: 1)
    let output = denoiser.process(Noise.samples(2000).map { $0 * 1e9 })
    #expect(output.allSatisfy { $0.isFinite })
    // Five seconds later nothing of it is left.
    let silence = denoiser.process([Float](repeating: 0, count: 2000))
    #expect(silence.suffix(500).allSatisfy { abs($0) < 1e-6 })
    #expect(denoiser.lastHop.inputPower == 0)
  }

  @Test func refusesWhatItCannotServe() {
    for rate in [-1, 0, 7999, 192_001] {
      #expect(throws: DenoiserError.rate(rate)) { try Denoiser(rate: rate, channels: 1) }
    }
    for channels in [-1, 0, 9] {
      #expect(throws: DenoiserError.channels(channels)) {
        try Denoiser(rate: 16000, channels: channels)
      }
    }
    #expect("\(DenoiserError.rate(1))".contains("8000 to 192000 Hz"))
    #expect("\(DenoiserError.channels(9))".contains("1 to 8"))
  }

  @Test func statisticsDescribeTheHop() throws {
    let denoiser = try Denoiser.with(channels: 2) { ConstantMask(16384) }
    // A full-scale sine in one channel, silence in the other.
    var samples = [Float](repeating: 0, count: 4096)
    for frame in 0..<2048 { samples[2 * frame] = Float(sin(0.2 * Double(frame))) }
    _ = denoiser.process(samples)
    let hop = denoiser.lastHop
    #expect(abs(hop.inputPower - 0.25) < 0.01)
    #expect(abs(hop.outputPower / hop.inputPower - 0.25) < 0.001)
    #expect(abs(hop.meanGain - 0.5) < 0.001)
  }
}
