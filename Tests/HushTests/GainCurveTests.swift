import Glibc
import Spectral
import Testing

@testable import Hush

@Suite struct GainCurveTests {
  /// Gains for a mask given by its values in 0...1.
  static func gains(bins: Int, floor: Float = 0, _ value: (Int) -> Float) -> [Float] {
    let curve = GainCurve(count: bins)
    curve.set((0..<257).map { Int16(value($0) * 32767) }, floor: floor)
    return (0..<bins).map { curve.gains[$0] }
  }

  @Test(arguments: [129, 257])
  func maskIsTakenAsItIsUpToEightKilohertz(bins: Int) {
    let mask = (0..<257).map { Float($0 * 37 % 100) / 100 }
    let gains = Self.gains(bins: bins) { mask[$0] }
    #expect(zip(gains, mask).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test(arguments: [258, 300, 705, 3073])
  func highBandNeverOpensWiderThanTheTopBand(bins: Int) {
    var noise = Noise(seed: 31)
    for _ in 0..<20 {
      let mask = (0..<257).map { _ in abs(noise.next()) }
      let gains = Self.gains(bins: bins) { mask[$0] }
      let mean = mask[224..<256].reduce(0, +) / 32
      #expect(gains[257...].allSatisfy { $0 <= mean + 1e-4 })
      #expect(zip(gains, mask).allSatisfy { $0 <= $1 + 1e-4 })
      #expect(zip(gains, mask).prefix(241).allSatisfy { abs($0 - $1) < 1e-4 })
      if bins > 288 { #expect(gains[288...].allSatisfy { abs($0 - mean) < 1e-3 }) }
    }
  }

  /// A last bin that is wide open over a closed band, and the opposite.
  @Test(arguments: [(Float(1), Float(0.1)), (Float(0), Float(0.9))])
  func noStepAtEightKilohertz(last: Float, others: Float) {
    let gains = Self.gains(bins: 705) { $0 >= 250 ? last : others }
    for k in 256..<300 { #expect(abs(gains[k + 1] - gains[k]) < 0.05) }
  }

  /// Gains and imaginary parts of a mask of bands.
  static func complex(
    bins: Int, turns: Int, floor: Float = 0, _ gain: (Int) -> Float, _ turn: (Int) -> Float
  ) -> (gains: [Float], turns: [Float]) {
    let curve = GainCurve(bands: 104, turns: turns, count: bins)
    let outputs =
      (0..<104).map { Int16(gain($0) * 32767) }
      + (0..<turns).map { Int16(min((turn($0) + 1) * 16384, 32767)) }
    curve.set(outputs, floor: floor)
    return (
      (0..<bins).map { curve.gains[$0] },
      (0..<bins).map { $0 < curve.turnCount ? curve.turns[$0] : 0 }
    )
  }

  @Test(arguments: [127, 129, 257, 705])
  func bandsAreSpreadOverBins(bins: Int) {
    var noise = Noise(seed: 32)
    let bands = (0..<104).map { _ in abs(noise.next()) }
    let gains = Self.complex(bins: bins, turns: 96, { bands[$0] }, { _ in 0 }).gains
    var expected = [Float](repeating: 0, count: 257)
    FilterBank(count: 104).interpolate(bands, into: &expected, present: 257)
    #expect(zip(gains, expected).prefix(241).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  /// What opens to 0.8 passes clean speech as it is; nothing is made louder than it was.
  @Test func makeupEndsAtOne() {
    let curve = GainCurve(bands: 104, turns: 64, makeup: 1.25, count: 257)
    let told: [Float] = [0, 0.2, 0.8, 0.9, 1]
    let outputs: [Int16] = (0..<104 + 64).map { output in
      // The first of either kind is the same.
      let value = told[(output < 104 ? output : output - 104) % 5]
      return Int16(value * 32767)
    }
    curve.set(outputs, floor: 0)
    for k in 1..<60 {
      let value = told[k % 5]
      let gain: Float = min(value * 1.25, 1)
      let turn: Float = max(-1, min((value * 2 - 1) * 1.25, 1))
      #expect(abs(curve.gains[k] - gain) < 1e-4)
      #expect(abs(curve.turns[k] - turn) < 2e-4)
    }
  }

  /// 0 Hz and half the sample rate have no phase, and above 8 kHz there are no imaginary parts.
  @Test(arguments: [127, 129, 257, 705], [95, 96, 257])
  func imaginaryPartsAreWhereTheyBelong(bins: Int, turns: Int) {
    let found = Self.complex(bins: bins, turns: turns, { _ in 0.5 }, { Float($0 % 7) / 10 - 0.3 })
    for k in 0..<bins {
      var expected = k < turns ? Float(k % 7) / 10 - 0.3 : 0
      if k == 0 || k == bins - 1 { expected = 0 }
      if bins > 257, k > 240 { expected *= max(1 - Float(k - 240) / 16, 0) }
      #expect(abs(found.turns[k] - expected) < 1e-3, "bin \(k)")
      #expect(abs(found.gains[k] - 0.5) < 1e-3)
    }
  }

  @Test(arguments: [127, 129, 257, 705], [95, 96, 257])
  func theFloorIsOneOfMagnitudes(bins: Int, turns: Int) {
    for gain in [Float(0), 0.1, 0.24, 0.5] {
      let found = Self.complex(
        bins: bins, turns: turns, floor: 0.25, { _ in gain }, { Float($0 % 11) / 10 - 0.5 })
      let plain = Self.complex(
        bins: bins, turns: turns, { _ in gain }, { Float($0 % 11) / 10 - 0.5 })
      #expect(found.turns == plain.turns)
      for k in 0..<bins {
        let size = hypot(found.gains[k], found.turns[k])
        let before = hypot(plain.gains[k], plain.turns[k])
        #expect(abs(size - max(before, 0.25)) < 1e-5, "bin \(k)")
        #expect(found.gains[k] >= plain.gains[k])
      }
    }
  }

  @Test func floorHoldsEverywhere() {
    let gains = Self.gains(bins: 705, floor: 0.25) { $0 < 100 ? 0.5 : 0 }
    #expect(gains[..<100].allSatisfy { abs($0 - 0.5) < 1e-4 })
    #expect(gains[100...].allSatisfy { $0 == 0.25 })
  }
}
