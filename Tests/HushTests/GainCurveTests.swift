import Testing

@testable import Hush

@Suite struct GainCurveTests {
  /// Gains for a mask given by its values in 0...1.
  static func gains(bins: Int, floor: Float = 0, _ value: (Int) -> Float) -> [Float] {
    let curve = GainCurve(maskCount: 257, count: bins)
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

  @Test func floorHoldsEverywhere() {
    let gains = Self.gains(bins: 705, floor: 0.25) { $0 < 100 ? 0.5 : 0 }
    #expect(gains[..<100].allSatisfy { abs($0 - 0.5) < 1e-4 })
    #expect(gains[100...].allSatisfy { $0 == 0.25 })
  }
}
