import Glibc
import ModelSupport
import S5
import Testing

@testable import Hush

/// What is done with the presence of speech.
@Suite struct ExpanderTests {
  /// dB that are taken in each hop, and the denoiser.
  private static func taken(
    _ hops: Int, limit: Float = .infinity, _ presence: @escaping (Int) -> Float?
  ) throws -> (dB: [Float], denoiser: Denoiser) {
    let denoiser = try Denoiser.with(path: TinyModel.listening) { Ear(32767, presence) }
    denoiser.attenuationLimit = limit
    return (hear(hops, denoiser), denoiser)
  }

  private static func hear(_ hops: Int, _ denoiser: Denoiser) -> [Float] {
    (0..<hops).map { hop in
      _ = denoiser.process(Noise.samples(128, seed: UInt64(hop)))
      return -20 * log10(denoiser.lastHop.meanGain)
    }
  }

  @Test func pausesAreTurnedDown() throws {
    let dB = try Self.taken(300) { _ in 0 }.dB
    // By 12 dB, of which a share of 1 / e is left to come after 0.15 s.
    #expect(zip(dB, dB.dropFirst()).allSatisfy { $0 <= $1 + 1e-3 })
    #expect(abs(dB[18] - 12 * (1 - exp(-19 / 18.75))) < 0.01)
    #expect(abs(dB[299] - 12) < 0.01)
  }

  /// The hop in which presence is told is heard whole, however long nobody spoke.
  @Test(arguments: [0.1, 0.3, 1] as [Float])
  func wordsOpenAtOnce(presence: Float) throws {
    let dB = try Self.taken(300) { $0 < 200 ? 0 : presence }.dB
    #expect(dB[199] > 11.9)
    #expect(dB[200...].allSatisfy { abs($0) < 1e-2 })
  }

  /// Half as sure, half as many decibels.
  @Test func doubtIsHalfway() throws {
    let dB = try Self.taken(400) { _ in 0.05 }.dB
    #expect(abs(dB[399] - 6) < 0.02)
  }

  /// What may be removed at most holds for all that is removed.
  @Test func theLimitHolds() throws {
    let dB = try Self.taken(400, limit: 5) { _ in 0 }.dB
    #expect(abs(dB[399] - 5) < 0.01)
  }

  /// A mask that goes on, as the next did not come, is as far down as it was.
  @Test func aMaskThatGoesOnStaysDown() throws {
    let dB = try Self.taken(208) { $0 < 200 ? 0 : nil }.dB
    #expect(dB[200...].allSatisfy { abs($0 - dB[199]) < 1e-3 })
  }

  @Test func aResetOpens() throws {
    let (dB, denoiser) = try Self.taken(200) { _ in 0 }
    denoiser.reset()
    #expect(Self.hear(200, denoiser) == dB)
    #expect(dB[0] < 1)
  }

  /// With hops of half the length it takes twice as many.
  @Test func aHopIsAsLongAsItIs() {
    var (long, short) = (Expander(hopSeconds: 0.008), Expander(hopSeconds: 0.004))
    for _ in 0..<40 {
      long.advance(presence: 0)
      short.advance(presence: 0)
      short.advance(presence: 0)
      #expect(abs(short.gain - long.gain) < 1e-5)
    }
  }
}
