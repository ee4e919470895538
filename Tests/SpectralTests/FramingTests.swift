import Testing

@testable import Spectral

@Suite struct FramingTests {
  @Test(arguments: [
    (8000, 64), (11025, 88), (12000, 96), (16000, 128), (22050, 176), (24000, 192),
    (32000, 256), (44100, 352), (48000, 384), (88200, 704), (96000, 768), (176_400, 1408),
    (192_000, 1536),
  ])
  func hopOfCommonRates(rate: Int, hop: Int) {
    let framing = Framing(rate: rate)
    #expect(framing.hop == hop)
    #expect(framing.window == 4 * hop)
    #expect(framing.bins == 2 * hop + 1)
  }

  @Test func everyRateHasAHopNearEightMilliseconds() {
    for rate in Swift.stride(from: 8000, through: 192_000, by: 97) {
      let framing = Framing(rate: rate)
      let nominal = Double(rate) * 0.008
      #expect(RealFFT.supports(framing.window))
      #expect(abs(Double(framing.hop) / nominal - 1) < 0.035, "\(rate) Hz")
    }
  }
}
