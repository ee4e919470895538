import Glibc
import Realtime
import Testing

@testable import Pipeline

@Suite struct SplicerTests {
  static let hop = 128

  /// A ring with a slow sine in it, hop after hop, both channels the same but for their sign.
  private final class Supply {
    let ring = HopRing(capacity: 64, hop: SplicerTests.hop, channels: 2)
    var next = 0
    func add(_ hops: Int) {
      for _ in 0..<hops {
        guard let slot = ring.claim() else { return }
        for n in 0..<SplicerTests.hop {
          let value = sin(Float(next + n) * 0.05) * 0.5
          slot[2 * n] = value
          slot[2 * n + 1] = -value
        }
        ring.commit(HopHeader(sequence: 0, captured: UInt64(next) * 62_500))
        next += SplicerTests.hop
      }
    }
  }

  private func fetch(_ splicer: Splicer, _ frames: Int) -> (left: [Float], concealed: Int) {
    var block = [Float](repeating: 9, count: 2 * frames)
    let concealed = block.withUnsafeMutableBufferPointer {
      splicer.fetch(into: $0.baseAddress!, frames: frames)
    }
    for n in 0..<frames { #expect(block[2 * n] == -block[2 * n + 1]) }
    return ((0..<frames).map { block[2 * $0] }, concealed)
  }

  private func make(_ supply: Supply) -> Splicer {
    Splicer(HopReader(supply.ring, rate: 16_000), fade: Self.hop)
  }

  /// The greatest step from one sample to the next; the sine's own is 0.025.
  private func roughness(_ samples: [Float]) -> Float {
    zip(samples.dropFirst(), samples).map { abs($0 - $1) }.max() ?? 0
  }

  @Test func soundGoesThroughUnchanged() {
    let supply = Supply()
    supply.add(20)
    let splicer = make(supply)
    var all: [Float] = []
    for frames in [1, 7, 100, 333, 512, 1000] { all += fetch(splicer, frames).left }
    for n in Self.hop..<all.count {
      #expect(all[n] == sin(Float(n) * 0.05) * 0.5)
    }
    #expect(roughness(all) < 0.03)
  }

  @Test func timesFollowTheFrames() {
    let supply = Supply()
    supply.add(4)
    let splicer = make(supply)
    #expect(splicer.reader.captured == 0)
    _ = fetch(splicer, 200)
    #expect(splicer.reader.captured == 200 * 62_500)
    #expect(splicer.reader.available == 4 * Self.hop - 200)
    _ = fetch(splicer, 4 * Self.hop - 200)
    #expect(splicer.reader.captured == nil)
  }

  @Test(arguments: [1, 50, 128, 777])
  func droppingLeavesOutExactlyAndWithoutACorner(frames: Int) {
    let supply = Supply()
    supply.add(20)
    let splicer = make(supply)
    var all = fetch(splicer, 500).left
    #expect(splicer.drop(frames) == frames)
    for _ in 0..<10 { all += fetch(splicer, 64).left }
    #expect(roughness(all) < 0.045)
    let after = 500 + Self.hop
    for n in after..<all.count { #expect(all[n] == sin(Float(n + frames) * 0.05) * 0.5) }
  }

  @Test func dryingUpFadesAndComesBack() {
    let supply = Supply()
    supply.add(5)
    let splicer = make(supply)
    var all = fetch(splicer, 5 * Self.hop - 30).left
    let dry = fetch(splicer, 400)
    #expect(dry.concealed == 370)
    #expect(splicer.isDry)
    all += dry.left
    supply.add(6)
    let back = fetch(splicer, 600)
    #expect(back.concealed == 0)
    all += back.left
    #expect(roughness(all) < 0.045)
    // Silent in between, whole again after.
    #expect(all[5 * Self.hop + Self.hop + 20..<5 * Self.hop + 370].allSatisfy { $0 == 0 })
    let start = 5 * Self.hop + 370
    for n in start + Self.hop..<start + 570 {
      #expect(all[n] == sin(Float(n - 370) * 0.05) * 0.5)
    }
  }

  @Test func holdingPutsInExactly() {
    let supply = Supply()
    supply.add(12)
    let splicer = make(supply)
    var all = fetch(splicer, 300).left
    splicer.hold(200)
    let next = fetch(splicer, 700)
    #expect(next.concealed == 200)
    all += next.left
    #expect(roughness(all) < 0.045)
    for n in 300 + 200 + Self.hop..<all.count {
      #expect(all[n] == sin(Float(n - 200) * 0.05) * 0.5)
    }
  }

  @Test func aGapInTimeShows() {
    let point = CapturePoint(
      position: 1000, time: 5_000_000_000, rate: 16_000, written: 1256, arrived: 5_020_000_000,
      period: 128, chunk: 128)
    #expect(point.time(at: 1000) == 5_000_000_000)
    #expect(point.time(at: 1016) == 5_001_000_000)
    #expect(point.time(at: 984) == 4_999_000_000)
    #expect(point.arrival(of: 1256) == 5_020_000_000)
    // The last of the period before came 8 ms earlier; so did the one just after the break.
    #expect(point.arrival(of: 1128) == 5_012_000_000)
    #expect(point.arrival(of: 1129) == 5_020_000_000)
    #expect(point.arrival(of: 1257) == nil)
    // A device that gives two periods at once: both came now, what is before came a period ago.
    let twice = CapturePoint(
      position: 1000, time: 5_000_000_000, rate: 16_000, written: 1256, arrived: 5_020_000_000,
      period: 128, chunk: 256)
    #expect(twice.arrival(of: 1128) == 5_020_000_000)
    #expect(twice.arrival(of: 1001) == 5_020_000_000)
    #expect(twice.arrival(of: 1000) == 5_012_000_000)
  }
}
