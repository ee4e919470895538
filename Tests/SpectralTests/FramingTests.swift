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

  @Test(arguments: Framing.Delay.allCases)
  func everyRateHasAHopNearTheNominalOne(delay: Framing.Delay) {
    for rate in Swift.stride(from: 8000, through: 192_000, by: 97) {
      let framing = Framing(rate: rate, delay)
      let nominal = Double(rate) * delay.hopSeconds
      #expect(RealFFT.supports(framing.window))
      #expect(
        abs(Double(framing.hop) / nominal - 1) < (delay == .quarter ? 0.055 : 0.035), "\(rate) Hz")
    }
  }

  /// At the multiples of 8 kHz, where a hop is as long as it is to be.
  @Test(arguments: [8000, 16_000, 48_000, 192_000])
  func delaysAreWhatTheySay(rate: Int) {
    for (delay, milliseconds, hop) in [
      (Framing.Delay.window, 32, 8), (.half, 16, 8), (.quarter, 8, 4),
    ] {
      let framing = Framing(rate: rate, delay)
      #expect(framing.delay == rate / 1000 * milliseconds)
      #expect(framing.hop == rate / 1000 * hop)
      #expect(framing.window == rate / 1000 * 32)
      #expect(delay.seconds == Double(milliseconds) / 1000)
    }
  }
}
