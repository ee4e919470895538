import Glibc
import ModelSupport
import S5
import Spectral
import Testing

@testable import Hush

/// A mask with imaginary parts: 104 gains, 96 imaginary parts for the bins up to 3 kHz, presence.
final class ComplexMask: MaskSource {
  private let comes: (Int) -> Bool
  private let gain: (Int) -> Float
  private let turn: (Int) -> Float
  private(set) var steps = 0

  /// - Parameters:
  ///   - gain: of every band in hop t.
  ///   - turn: of each of the bins in hop t.
  ///   - comes: whether there is a mask in hop t.
  init(
    _ gain: @escaping (Int) -> Float, _ turn: @escaping (Int) -> Float,
    comes: @escaping (Int) -> Bool = { _ in true }
  ) {
    (self.gain, self.turn, self.comes) = (gain, turn, comes)
  }

  convenience init(_ gain: Float, _ turn: Float, comes: @escaping (Int) -> Bool = { _ in true }) {
    self.init({ _ in gain }, { _ in turn }, comes: comes)
  }

  func step(
    _ features: UnsafePointer<Int16>, into mask: UnsafeMutablePointer<Int16>, by cutoff: Cutoff
  ) -> Bool {
    defer { steps += 1 }
    guard comes(steps) else { return false }
    mask.update(repeating: Int16((gain(steps) * 32767).rounded()), count: 104)
    let turned = Int16(min((turn(steps) + 1) * 16384, 32767).rounded())
    (mask + 104).update(repeating: turned, count: 96)
    mask[200] = 16384
    return true
  }

  func reset() { steps = 0 }
}

@Suite struct ComplexMaskTests {
  static func sine(
    _ count: Int, _ frequency: Double, rate: Int, amplitude: Double = 0.4, phase: Double = 0
  ) -> [Float] {
    let step = 2 * Double.pi * frequency / Double(rate)
    return (0..<count).map { Float(amplitude * sin(step * Double($0) + phase)) }
  }

  /// Fits a sine's amplitude and phase, over whole seconds of samples.
  static func measure(
    _ samples: ArraySlice<Float>, _ frequency: Double, rate: Int
  ) -> (amplitude: Double, phase: Double) {
    let step = 2 * Double.pi * frequency / Double(rate)
    var (along, across, both) = (0.0, 0.0, 0.0)
    for n in samples.indices {
      along += Double(samples[n]) * sin(step * Double(n))
      across += Double(samples[n]) * cos(step * Double(n))
      both += 0.5
    }
    return (hypot(along, across) / both, atan2(across, along))
  }

  static func distance(_ one: Double, _ other: Double) -> Double {
    abs(remainder(one - other, 2 * Double.pi))
  }

  static let bands = TinyModel.bands

  /// A sine below 3 kHz is turned and scaled, one above is scaled.
  @Test(arguments: [8000, 16000, 22050, 44100, 48000], [(0.6, 0.3), (0.3, -0.5), (1, 0)])
  func turnsAndScales(rate: Int, mask: (Double, Double)) throws {
    for frequency in [1000.0, 3500] {
      let denoiser = try Denoiser.with(rate: rate, path: Self.bands) {
        ComplexMask(Float(mask.0), Float(mask.1))
      }
      let output = denoiser.process(Self.sine(rate, frequency, rate: rate))
      let late = Double(denoiser.latency)
      let heard = Self.measure(output[(rate / 2)...], frequency, rate: rate)
      let isTurned = frequency < 3000
      let turn = isTurned ? mask.1 : 0
      #expect(abs(heard.amplitude - 0.4 * hypot(mask.0, turn)) < 2e-3)
      let delayed = -2 * Double.pi * frequency * late / Double(rate)
      #expect(Self.distance(heard.phase, delayed + atan2(turn, mask.0)) < 5e-3)
      let hop = denoiser.lastHop
      #expect(
        abs(
          Double(hop.outputPower / hop.inputPower) / (hypot(mask.0, turn) * hypot(mask.0, turn)) - 1
        ) < 0.01)
      #expect(hop.presence.map { abs($0 - 0.5) < 1e-3 } == true)
    }
  }

  /// What a mask without imaginary parts does, a complex one with none does too.
  @Test(arguments: [8000, 16000, 44100])
  func nothingTurnedIsAPlainMask(rate: Int) throws {
    let input = Noise.samples(rate / 4, seed: 41)
    let plain = try Denoiser.with(rate: rate) { ConstantMask(20_000) }
    let complex = try Denoiser.with(rate: rate, path: Self.bands) {
      ComplexMask(20_000.0 / 32767, 0)
    }
    let error = zip(plain.process(input), complex.process(input)).map { abs($0 - $1) }.max()!
    #expect(error < 1e-6)
    #expect(abs(plain.lastHop.meanGain - complex.lastHop.meanGain) < 1e-5)
  }

  @Test(arguments: [8000, 16000, 44100])
  func aClosedMaskLeavesNothing(rate: Int) throws {
    let closed = try Denoiser.with(rate: rate, path: Self.bands) { ComplexMask(0, 0) }
    #expect(closed.process(Noise.samples(rate / 4, seed: 43)).allSatisfy { $0 == 0 })
  }

  @Test(arguments: [8000, 16000, 44100, 48000])
  func anOpenMaskIsAPureDelay(rate: Int) throws {
    let model = try Model(path: Self.bands)
    #expect(model.architecture.outputs == 201)
    let denoiser = try Denoiser.with(rate: rate, path: Self.bands) { ComplexMask(1, 0) }
    let input = Noise.samples(rate / 4, seed: 42)
    let output = denoiser.process(input)
    // An imaginary part of 0 lies between two integers.
    let error = zip(input, output.dropFirst(denoiser.latency)).map { abs($0 - $1) }.max()!
    #expect(error < 1e-4)
  }

  /// The magnitude stops at the limit; what is above it stays as it is.
  @Test(
    arguments: [
      (0, 0, 12), (0, 0.1, 12), (0.1, -0.2, 12), (0, 0.3, 12), (0.6, 0.2, 12), (0.02, 0.01, 40),
      (0.3, 0.3, .infinity),
    ] as [(Double, Double, Double)])
  func magnitudesStopAtTheLimit(gain: Double, turn: Double, limit: Double) throws {
    let floor = pow(10, -limit / 20)
    let size = hypot(gain, turn)
    let denoiser = try Denoiser.with(path: Self.bands) { ComplexMask(Float(gain), Float(turn)) }
    denoiser.attenuationLimit = Float(limit)
    let output = denoiser.process(Self.sine(16_000, 1000, rate: 16_000))
    let heard = Self.measure(output[8000...], 1000, rate: 16_000)
    #expect(abs(heard.amplitude / 0.4 - max(size, floor)) < 2e-3)
    // The gain is raised, the imaginary part is what it was.
    let angle = size < floor ? asin(turn / floor) : atan2(turn, gain)
    let delayed = -2 * Double.pi * 1000 * Double(denoiser.latency) / 16_000
    #expect(Self.distance(heard.phase, delayed + angle) < 5e-3)
  }

  @Test func bypassIsExact() throws {
    let denoiser = try Denoiser.with(path: Self.bands) { ComplexMask(0.2, 0.7) }
    denoiser.bypass = true
    let input = Noise.samples(4000, seed: 43)
    let output = denoiser.process(input)
    #expect(Array(output.dropFirst(denoiser.latency)) == input.dropLast(denoiser.latency))
  }

  @Test func statisticsTellMagnitudes() throws {
    let denoiser = try Denoiser.with(path: Self.bands) { ComplexMask(0.3, 0.4) }
    _ = denoiser.process(Noise.samples(4096, seed: 44))
    // 95 bins of 0.5, those above and the one at 0 Hz of 0.3.
    #expect(abs(denoiser.lastHop.meanGain - (95 * 0.5 + 162 * 0.3) / 257) < 1e-4)
    let loud = try Denoiser.with(path: Self.bands) { ComplexMask(1, 1) }
    _ = loud.process(Noise.samples(4096, seed: 44))
    #expect(loud.lastHop.meanGain == 1)
  }

  /// Without masks the imaginary parts halve hop by hop, then the dry signal comes; and back.
  @Test func imaginaryPartsFadeInFallback() throws {
    var fallback = Fallback(hopSeconds: 0.008)
    let curve = GainCurve(bands: 104, turns: 96, count: 257)
    let spectrum = Spectrum(count: 257)
    spectrum.re.update(repeating: 0.1, count: 257)
    var mask = [Int16](repeating: 16384, count: 200)
    for k in 104..<200 { mask[k] = 26214 }
    var turns: [Float] = []
    var gains: [Float] = []
    for t in 0..<60 {
      curve.set(mask, floor: 0)
      fallback.advance(hasMask: t < 10 || t >= 40)
      if fallback.isActive { fallback.shape(curve, of: spectrum, floor: 0) }
      turns.append(curve.turns[50])
      gains.append(curve.gains[50])
      var power: Float = 0
      for k in 0..<257 {
        let turn = k < 96 ? curve.turns[k] : 0
        power += 0.01 * (curve.gains[k] * curve.gains[k] + turn * turn)
      }
      fallback.follow(power)
    }
    #expect(turns[..<10].allSatisfy { abs($0 - 0.6) < 1e-4 })
    for t in 10..<19 { #expect(abs(turns[t] - turns[t - 1] / 2) < 1e-6) }
    #expect(turns[25..<40].allSatisfy { $0 == 0 })
    #expect(abs(gains[20] - 0.5) < 1e-3)
    // Over four hops.
    for (t, share) in [(40, 0.25), (41, 0.5), (42, 0.75), (43, 1)] as [(Int, Float)] {
      #expect(abs(turns[t] - 0.6 * share) < 1e-3)
    }
    #expect(turns[43...].allSatisfy { abs($0 - 0.6) < 1e-4 })
  }

  /// All of it as it is heard.
  @Test func fallbackGlidesToTheDrySignalAndBack() throws {
    let input = FallbackTests.sine(hops: 200) { $0 < 40 ? 0.5 : 0.2 }
    let denoiser = try Denoiser.with(path: Self.bands) {
      ComplexMask({ $0 < 40 ? 1 : 0.1 }, { $0 < 40 ? 0 : 0.4 }) { !(60..<120).contains($0) }
    }
    let (output, hops) = FallbackTests.run(denoiser, input)
    let late = denoiser.latency
    for n in (85 * 128)..<(115 * 128) where abs(output[n] - input[n - late]) > 1e-4 {
      Issue.record("not the dry signal at \(n)")
      break
    }
    #expect(hops[119].dryShare == 1 && hops[123].dryShare == 0)
    let level = FallbackTests.peak(FallbackTests.samples(output, hops: 140..<200))
    #expect(abs(Double(level) - 0.2 * hypot(0.1, 0.4)) < 2e-3)
    // Turned a good deal further from one hop to the next than by gains alone, and still no click.
    #expect(
      sharpness(FallbackTests.samples(output, hops: 50..<200))
        < sharpness(FallbackTests.samples(input, hops: 45..<195)) + 0.003)
  }

  @Test func aBurstIsNoLouderThanTheSpeechWas() throws {
    var noise = Noise(seed: 45)
    var input = FallbackTests.sine(hops: 140) { _ in 0.1 }
    for n in (55 * 128)..<(130 * 128) { input[n] += noise.next() }
    let denoiser = try Denoiser.with(path: Self.bands) { ComplexMask(0.7, 0.7) { $0 < 50 } }
    let (_, hops) = FallbackTests.run(denoiser, input)
    let loudest = hops[..<50].map(\.outputPower).max()!
    #expect(hops[50...].allSatisfy { $0.outputPower <= loudest * 1.001 })
  }

  @Test func theLimitHoldsForMagnitudesInFallback() throws {
    let denoiser = try Denoiser.with(path: Self.bands) { ComplexMask(0, 0.2) { $0 < 30 } }
    denoiser.attenuationLimit = 12
    _ = denoiser.process(FallbackTests.sine(hops: 30) { _ in 0.01 })
    let (output, hops) = FallbackTests.run(denoiser, FallbackTests.sine(hops: 60))
    let floor = Float(pow(10, -12.0 / 20))
    #expect(hops.allSatisfy { $0.outputPower >= $0.inputPower * floor * floor * 0.999 })
    let level = FallbackTests.peak(FallbackTests.samples(output, hops: 40..<60))
    #expect(abs(level / 0.5 - floor) < 1e-3)
  }

  @Test func withoutAnyMaskTheSoundPasses() throws {
    let input = FallbackTests.sine(hops: 40)
    let never = try Denoiser.with(path: Self.bands) { ComplexMask(0, 1) { _ in false } }
    let output = never.process(input)
    let error = zip(input, output.dropFirst(never.latency)).map { abs($0 - $1) }.max()!
    #expect(error < 2e-6)
  }

  /// The whole path with a network behind it.
  @Test(arguments: [8000, 16_000, 44_100])
  func aModelOfBandsRuns(rate: Int) throws {
    let denoiser = try Denoiser(model: try Model(path: Self.bands), rate: rate, channels: 2)
    let input = Noise.samples(rate / 2, seed: 46)
    let output = denoiser.process(input)
    #expect(abs((denoiser.lastHop.presence ?? 0) - 0.9) < 1e-3)
    #expect(denoiser.lastHop.meanGain > 0.1 && denoiser.lastHop.meanGain < 0.24)
    denoiser.reset()
    #expect(denoiser.process(input, chunks: [17, 300]) == output)
  }
}
