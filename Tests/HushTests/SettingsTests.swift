import Glibc
import Testing

@testable import Hush

@Suite struct SettingsTests {
  static func sine(_ count: Int, amplitude: Float = 0.5, rate: Int = 16000) -> [Float] {
    let step = 2 * Double.pi * 300 / Double(rate)
    return (0..<count).map { n in amplitude * Float(sin(step * Double(n))) }
  }

  @Test(arguments: [8000, 16000, 44100, 48000])
  func bypassIsExact(rate: Int) throws {
    let denoiser = try Denoiser(rate: rate, channels: 2)
    denoiser.bypass = true
    let input = Noise.samples(2 * (rate / 10), seed: 11)
    let output = denoiser.process(input, chunks: [100])
    #expect(Array(output.dropFirst(2 * denoiser.latency)) == input.dropLast(2 * denoiser.latency))
    #expect(output.prefix(2 * denoiser.latency).allSatisfy { $0 == 0 })
  }

  @Test func noAttenuationIsExact() throws {
    let denoiser = try Denoiser.with { ConstantMask(0) }
    denoiser.attenuationLimit = 0
    let input = Noise.samples(2000, seed: 12)
    let output = denoiser.process(input)
    #expect(Array(output.dropFirst(denoiser.latency)) == input.dropLast(denoiser.latency))
  }

  /// The hardest case: from the whole signal to nothing and back.
  @Test func bypassDoesNotClick() throws {
    let denoiser = try Denoiser.with { ConstantMask(0) }
    let input = Self.sine(16000)
    var output: [Float] = []
    for start in stride(from: 0, to: input.count, by: 2000) {
      denoiser.bypass.toggle()
      output += denoiser.process(Array(input[start..<(start + 2000)]))
    }
    let heard = output.dropFirst(denoiser.latency + 1)
    // The fade's own curvature is 0.5 (pi / 128)^2 of an amplitude of 0.5, its slope 0.5 pi / 128
    // times the sine's 0.118 twice over; a cut would be up to 0.5.
    #expect(sharpness(heard) < sharpness(input) + 0.004)
    #expect(heard.contains { $0 == 0 } && heard.contains { abs($0) > 0.49 })
  }

  @Test func networkStaysWarmWhileBypassed() throws {
    let input = Noise.samples(6000, seed: 13)
    let always = try Denoiser.with { RememberingMask() }.process(input)
    let denoiser = try Denoiser.with { RememberingMask() }
    denoiser.bypass = true
    _ = denoiser.process(Array(input[..<3000]))
    denoiser.bypass = false
    let output = denoiser.process(Array(input[3000...]))
    // One hop to notice and one to fade.
    #expect(output.dropFirst(256) == always[3256...])
  }

  @Test(arguments: [Float(6), 12, 40])
  func attenuationStopsAtTheLimit(limit: Float) throws {
    let denoiser = try Denoiser.with { ConstantMask(0) }
    denoiser.attenuationLimit = limit
    let input = Self.sine(4000)
    let output = denoiser.process(input)
    let gain = pow(10, -limit / 20)
    let error = zip(input, output.dropFirst(denoiser.latency)).map { abs($0 * gain - $1) }.max()!
    #expect(error < 2e-6)
  }

  @Test func limitLeavesWhatTheMaskKeeps() throws {
    let input = Noise.samples(3000, seed: 14)
    let free = try Denoiser.with { ConstantMask(20000) }.process(input)
    let denoiser = try Denoiser.with { ConstantMask(20000) }
    denoiser.attenuationLimit = 12
    #expect(denoiser.process(input) == free)
  }

  @Test func limitChangesDoNotClick() throws {
    let denoiser = try Denoiser.with { ConstantMask(0) }
    let input = Self.sine(24000)
    var output: [Float] = []
    let limits: [Float] = [.infinity, 6, 0, 20, .infinity, 0, .infinity, 3]
    for (index, start) in stride(from: 0, to: input.count, by: 3000).enumerated() {
      denoiser.attenuationLimit = limits[index]
      output += denoiser.process(Array(input[start..<(start + 3000)]))
    }
    #expect(sharpness(output) < sharpness(input) + 0.004)
    // The last limit has been reached: 3 dB.
    let peak = output.suffix(500).map { abs($0) }.max()!
    #expect(abs(peak / 0.5 - pow(10, -3 / 20)) < 1e-3)
  }

  @Test func oddLimitsAreUnderstood() throws {
    let input = Noise.samples(2000, seed: 15)
    let negative = try Denoiser.with { ConstantMask(0) }
    negative.attenuationLimit = -5
    let output = negative.process(input)
    #expect(Array(output.dropFirst(negative.latency)) == input.dropLast(negative.latency))
    let undefined = try Denoiser.with { ConstantMask(0) }
    undefined.attenuationLimit = .nan
    #expect(undefined.process(input).allSatisfy { $0 == 0 })
  }
}
