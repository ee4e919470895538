import Glibc
import S5
import Testing

@testable import Hush

/// A mask of the same gain for every bin that fails to come for some hops, counted from 0.
final class UnreliableMask: MaskSource {
  private let gain: (Int) -> Int16
  private let comes: (Int) -> Bool
  private(set) var steps = 0
  private(set) var cutoffs: [Cutoff] = []

  init(_ gain: @escaping (Int) -> Int16, comes: @escaping (Int) -> Bool) {
    self.gain = gain
    self.comes = comes
  }

  convenience init(_ gain: Int16, comes: @escaping (Int) -> Bool) {
    self.init({ _ in gain }, comes: comes)
  }

  func step(
    _ features: UnsafePointer<Int16>, into mask: UnsafeMutablePointer<Int16>, by cutoff: Cutoff
  ) -> Bool {
    defer { steps += 1 }
    cutoffs.append(cutoff)
    guard comes(steps) else { return false }
    mask.update(repeating: gain(steps), count: 257)
    return true
  }

  func reset() {
    steps = 0
    cutoffs = []
  }
}

@Suite struct FallbackTests {
  static let hop = 128
  static let full: Int16 = 32767

  /// What comes out, and the figures of every hop. The output of `hops[n]` begins at sample
  /// `(n + 1) * hop` and contains the input from 3 hops earlier on.
  static func run(
    _ denoiser: Denoiser, _ input: [Float]
  ) -> (output: [Float], hops: [HopStatistics]) {
    var output: [Float] = []
    var hops: [HopStatistics] = []
    for start in stride(from: 0, to: input.count - hop + 1, by: hop) {
      output += denoiser.process(Array(input[start..<(start + hop)]))
      hops.append(denoiser.lastHop)
    }
    return (output, hops)
  }

  static func sine(hops: Int, amplitude: (Int) -> Float = { _ in 0.5 }) -> [Float] {
    let plain = SettingsTests.sine(hops * hop, amplitude: 1)
    return plain.indices.map { plain[$0] * amplitude($0 / hop) }
  }

  static func peak(_ samples: some Sequence<Float>) -> Float {
    samples.reduce(0) { max($0, abs($1)) }
  }

  static func samples(_ output: [Float], hops: Range<Int>) -> ArraySlice<Float> {
    output[(hops.lowerBound * hop)..<(hops.upperBound * hop)]
  }

  /// A hundred milliseconds without masks are not heard where the mask would have stayed.
  @Test func theLastMaskGoesOn() throws {
    let input = Self.sine(hops: 60)
    let whole = try Denoiser.with { ConstantMask(9000) }.process(input)
    let denoiser = try Denoiser.with { UnreliableMask(9000) { !(20..<32).contains($0) } }
    let (output, hops) = Self.run(denoiser, input)
    #expect(zip(output, whole).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(hops.indices.filter { hops[$0].isFallback } == Array(20..<32))
    #expect(hops.allSatisfy { $0.dryShare == 0 })
  }

  /// Then the sound itself is let through, in small steps; and back.
  @Test func glidesToTheDrySignalAndBack() throws {
    // Open on a loud sound, then closed on a lower one when the masks fail.
    let input = Self.sine(hops: 200) { $0 < 40 ? 0.5 : 0.2 }
    let denoiser = try Denoiser.with {
      UnreliableMask({ $0 < 40 ? Self.full : 0 }, comes: { !(60..<120).contains($0) })
    }
    let (output, hops) = Self.run(denoiser, input)
    #expect(Self.samples(output, hops: 50..<73).allSatisfy { $0 == 0 })
    let shares = hops.map(\.dryShare)
    #expect(shares[71] == 0 && shares[77] == 1 && shares[119] == 1 && shares[123] == 0)
    #expect((72..<77).allSatisfy { shares[$0] > shares[$0 - 1] && shares[$0] < 1 })
    #expect((120..<123).allSatisfy { shares[$0] < shares[$0 - 1] && shares[$0] > 0 })
    let late = denoiser.latency
    for n in (85 * Self.hop)..<(115 * Self.hop) where abs(output[n] - input[n - late]) > 1e-5 {
      Issue.record("not the dry signal at \(n)")
      break
    }
    #expect(Self.samples(output, hops: 130..<200).allSatisfy { $0 == 0 })
    // The step of the input itself is left out.
    #expect(
      sharpness(Self.samples(output, hops: 50..<200))
        < sharpness(Self.samples(input, hops: 45..<195)) + 0.002)
  }

  /// Whatever comes in while masks are missing, held mask or dry signal, at once or later.
  @Test(arguments: [51, 55, 63, 66, 80])
  func aBurstIsNoLouderThanTheSpeechWas(start: Int) throws {
    var noise = Noise(seed: UInt64(start))
    var input = Self.sine(hops: 140) { _ in 0.1 }
    for n in (start * Self.hop)..<(130 * Self.hop) { input[n] += noise.next() }
    let denoiser = try Denoiser.with { UnreliableMask(Self.full) { $0 < 50 } }
    let (output, hops) = Self.run(denoiser, input)
    let loudest = hops[..<50].map(\.outputPower).max()!
    #expect(hops[50...].allSatisfy { $0.outputPower <= loudest * 1.001 })
    #expect(hops[100].inputPower > 20 * loudest)
    // In the samples too, as far as frames that overlap tell.
    let power = { (part: ArraySlice<Float>) in
      part.reduce(0) { $0 + $1 * $1 } / Float(part.count)
    }
    let speech = power(Self.samples(output, hops: 20..<50))
    #expect(power(Self.samples(output, hops: 90..<130)) < speech * 1.1)
    // And it is not shut off.
    #expect(power(Self.samples(output, hops: 90..<130)) > speech * 0.5)
  }

  /// Masks that come and go at random make no clicks.
  @Test(arguments: [1, 2, 3])
  func gapsDoNotClick(seed: UInt64) throws {
    var noise = Noise(seed: seed)
    var comes: [Bool] = []
    while comes.count < 250 {
      let run = Int(abs(noise.next()) * 30)
      comes += Array(repeating: comes.last != true, count: run)
    }
    let input = Self.sine(hops: 250)
    let pattern = comes
    let denoiser = try Denoiser.with { UnreliableMask(12_000) { pattern[$0] } }
    let (output, hops) = Self.run(denoiser, input)
    #expect(hops.contains { $0.dryShare == 1 } && hops.contains { !$0.isFallback })
    // Four windows cross-fade steps of a sixth or a quarter.
    let heard = output.dropFirst(denoiser.latency + 1)
    #expect(sharpness(heard) < sharpness(input) + 0.002)
  }

  @Test func withoutAnyMaskTheSoundPasses() throws {
    let input = Self.sine(hops: 40)
    let never = try Denoiser.with { UnreliableMask(0) { _ in false } }
    let (output, hops) = Self.run(never, input)
    let error = zip(input, output.dropFirst(never.latency)).map { abs($0 - $1) }.max()!
    #expect(error < 2e-6)
    #expect(hops.allSatisfy { $0.isFallback && $0.dryShare == 1 })
    // A reset forgets the masks there were.
    let late = try Denoiser.with { UnreliableMask(0) { _ in true } }
    _ = late.process(input)
    late.reset()
    late.fallbackOnly = true
    #expect(late.process(input) == output)
  }

  @Test func fallbackOnlyDoesNotRunTheNetwork() throws {
    let source = UnreliableMask(16_000) { _ in true }
    let denoiser = try Denoiser.with { source }
    _ = denoiser.process(Self.sine(hops: 10))
    #expect(source.steps == 10 && !denoiser.lastHop.isFallback)
    denoiser.fallbackOnly = true
    _ = denoiser.process(Self.sine(hops: 10))
    #expect(source.steps == 10 && denoiser.lastHop.isFallback)
    denoiser.fallbackOnly = false
    _ = denoiser.process(Self.sine(hops: 1))
    #expect(source.steps == 11 && !denoiser.lastHop.isFallback)
  }

  /// Silence before is no reason for silence for ever.
  @Test func theLimitLiftsInALongFallback() throws {
    let denoiser = try Denoiser.with { ConstantMask(0) }
    _ = denoiser.process(Self.sine(hops: 20))
    denoiser.fallbackOnly = true
    let (output, _) = Self.run(denoiser, Self.sine(hops: 13 * 125))
    #expect(Self.samples(output, hops: 0..<240).allSatisfy { $0 == 0 })
    let levels = stride(from: 250, to: 1600, by: 25).map {
      Self.peak(Self.samples(output, hops: $0..<($0 + 25)))
    }
    #expect(zip(levels, levels.dropFirst()).allSatisfy { $0 <= $1 + 1e-4 })
    #expect(abs(levels.last! - 0.5) < 1e-3)
    // 6 dB a second.
    #expect(abs(20 * log10(levels[20] / levels[10]) - 12) < 0.2)
    #expect(sharpness(output) < sharpness(Self.sine(hops: 20)) + 0.002)
  }

  @Test func theAttenuationLimitHoldsInFallback() throws {
    let denoiser = try Denoiser.with { ConstantMask(0) }
    denoiser.attenuationLimit = 12
    let quiet = Self.sine(hops: 30) { _ in 0.01 }
    _ = denoiser.process(quiet)
    denoiser.fallbackOnly = true
    let (output, _) = Self.run(denoiser, Self.sine(hops: 60))
    let level = Self.peak(Self.samples(output, hops: 40..<60))
    #expect(abs(level / 0.5 - pow(10, -12 / 20)) < 1e-3)
  }

  @Test func bypassIsExactInFallback() throws {
    let denoiser = try Denoiser.with { UnreliableMask(0) { $0 < 5 } }
    denoiser.bypass = true
    let input = Noise.samples(60 * Self.hop, seed: 21)
    let output = denoiser.process(input)
    #expect(Array(output.dropFirst(denoiser.latency)) == input.dropLast(denoiser.latency))
    #expect(denoiser.lastHop.isFallback)
  }

  /// One channel without a mask leaves the other alone, and is reported.
  @Test func channelsFallBackByThemselves() throws {
    var sources = 0
    let input = Self.sine(hops: 60)
    let denoiser = try Denoiser.with(channels: 2) {
      sources += 1
      return sources == 1 ? ConstantMask(16_000) : UnreliableMask(16_000) { $0 < 20 }
    }
    let alone = try Denoiser.with { ConstantMask(16_000) }.process(input)
    let output = denoiser.process(input.flatMap { [$0, $0] })
    #expect(stride(from: 0, to: output.count, by: 2).map { output[$0] } == alone)
    #expect(denoiser.lastHop.isFallback && denoiser.lastHop.dryShare == 0.5)
  }

  @Test func theCutoffReachesTheNetwork() throws {
    let source = UnreliableMask(0) { _ in true }
    let denoiser = try Denoiser.with { source }
    let input = Self.sine(hops: 1)
    _ = denoiser.process(input)
    denoiser.cutoff = Cutoff(nanoseconds: 7)
    _ = denoiser.process(input)
    #expect(source.cutoffs == [.never, Cutoff(nanoseconds: 7)])
    // The real one: an instant long past, then none.
    let real = try Denoiser(rate: 16000, channels: 1)
    real.cutoff = Cutoff(nanoseconds: 1)
    _ = real.process(input)
    #expect(real.lastHop.isFallback)
    real.cutoff = .never
    _ = real.process(input)
    #expect(!real.lastHop.isFallback)
  }
}
