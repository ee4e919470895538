import Testing

@testable import Pipeline

@Suite struct LatencyKeeperTests {
  static let period: UInt64 = 8_000_000

  /// Lets time pass with a latency that corrections change, and says where it ends.
  private func run(
    _ keeper: inout LatencyKeeper, _ latency: inout Double, wakes: Int, start: UInt64 = 0,
    jitter: (Int) -> Double = { _ in 0 }, drift: Double = 0
  ) -> [LatencyKeeper.Correction] {
    var corrections: [LatencyKeeper.Correction] = []
    for wake in 0..<wakes {
      let time = start + UInt64(wake) * Self.period
      let correction = keeper.decide(latency: latency + jitter(wake), time: time)
      switch correction {
      case .none: break
      case .drop(let by): latency -= by
      case .hold(let by): latency += by
      }
      if correction != .none { corrections.append(correction) }
      latency += drift
    }
    return corrections
  }

  @Test(arguments: [-30e6, -3e6, 3e6, 40e6, 900e6])
  func meetsTheTargetWithinASecondOfAnyStart(offset: Double) {
    var keeper = LatencyKeeper(target: 60e6, isSteered: false)
    var latency = 60e6 + offset
    _ = run(&keeper, &latency, wakes: 125)
    #expect(abs(latency - 60e6) < 0.6e6)
    #expect(keeper.hasSettled)
  }

  @Test func jitterOfMeasuringMovesNothing() {
    var keeper = LatencyKeeper(target: 60e6, isSteered: false)
    var latency = 60e6
    // A pointer that moves in steps of 4 ms, as snd-aloop's does, off-centre by less than 0.5 ms.
    let corrections = run(
      &keeper, &latency, wakes: 5000, jitter: { Double($0 % 5) * 1e6 - 1.8e6 })
    #expect(corrections.allSatisfy { if case .drop(let by) = $0 { by < 2e6 } else { true } })
    #expect(corrections.count <= 2)
  }

  @Test(arguments: [25e6, 300e6, 2000e6])
  func aStallIsBroughtBackAtOnce(late: Double) {
    var keeper = LatencyKeeper(target: 60e6, isSteered: false)
    var latency = 60e6
    _ = run(&keeper, &latency, wakes: 100)
    latency += late
    _ = run(&keeper, &latency, wakes: 60, start: 2_000_000_000)
    #expect(abs(latency - 60e6) < 0.6e6)
  }

  @Test func manyStallsDoNotAddUp() {
    var keeper = LatencyKeeper(target: 60e6, isSteered: false)
    var latency = 60e6
    var time: UInt64 = 0
    for stall in 0..<200 {
      latency += Double(stall % 7) * 11e6
      if stall % 3 == 0 { keeper.restart() }
      _ = run(&keeper, &latency, wakes: 125, start: time)
      time += 125 * Self.period
      #expect(abs(latency - 60e6) < 3.1e6)
    }
  }

  @Test func driftWithoutAResamplerIsCutNowAndThen() {
    var keeper = LatencyKeeper(target: 60e6, isSteered: false)
    var latency = 60e6
    // 300 ppm: 2.4 us a period; 3 ms in 10 s.
    var worst = 0.0
    for block in 0..<100 {
      _ = run(
        &keeper, &latency, wakes: 125, start: UInt64(block) * 125 * Self.period, drift: 2400)
      worst = max(worst, abs(latency - 60e6))
    }
    #expect(worst < 3.5e6)
    #expect(worst > 1e6)
  }

  @Test func aResamplerIsLeftToItsWork() {
    var keeper = LatencyKeeper(target: 60e6, isSteered: true)
    var latency = 60e6
    _ = run(&keeper, &latency, wakes: 60)
    latency += 6e6
    let corrections = run(&keeper, &latency, wakes: 250, start: 60 * Self.period)
    #expect(corrections.isEmpty)
    #expect(abs(keeper.error - 6e6) < 0.1e6)
  }
}
