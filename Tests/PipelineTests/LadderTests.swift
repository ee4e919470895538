import Testing

@testable import Pipeline

@Suite struct LadderTests {
  @Test func singleMissesAreForgiven() {
    var ladder = Ladder(models: 1)
    for hop in 0..<10_000 {
      let moved = ladder.note(missed: hop.isMultiple(of: 20), share: 0.3)
      #expect(!moved)
    }
    #expect(ladder.rung == 0)
  }

  @Test func missesStepDownToFallbackAndNoFurther() {
    var ladder = Ladder(models: 2)
    var steps: [Int] = []
    for _ in 0..<100 where ladder.note(missed: true, share: 1.5) { steps.append(ladder.rung) }
    #expect(steps == [1, 2])
    #expect(ladder.isLast)
  }

  @Test func aMachineThatStoodStillIsNoReasonToStepDown() {
    var ladder = Ladder(models: 2)
    for _ in 0..<100 {
      for hop in 0..<140 {
        // Some were under way when it stood still, the rest were late from the start.
        let moved = ladder.note(missed: hop < 40, share: hop < 8 ? 6 : 0.02)
        #expect(!moved)
      }
    }
    #expect(ladder.rung == 0)
  }

  @Test func headroomStepsUpAgain() {
    var ladder = Ladder(models: 1)
    while !ladder.isLast { _ = ladder.note(missed: true, share: 1.5) }
    var hops = 0
    while ladder.rung > 0, hops < 100_000 {
      hops += 1
      _ = ladder.note(missed: false, share: 0.05)
    }
    // Its first fall came within the first hops of all, so it waits twice as long: 8 s.
    #expect(hops == 2 * ladder.firstWait)
  }

  /// Twice as many hops of half the length take as long.
  @Test func shorterHopsKeepItsTimes() {
    var ladder = Ladder(models: 1, pace: 2)
    for hop in 0..<10_000 {
      let moved = ladder.note(missed: hop.isMultiple(of: 20), share: 0.3)
      #expect(!moved)
    }
    var misses = 0
    while !ladder.isLast {
      misses += 1
      _ = ladder.note(missed: true, share: 1.5)
    }
    #expect((10...140).contains(misses))
    #expect(ladder.firstWait == 1000 && ladder.lastWait == 16_000 && ladder.window == 125)
  }

  @Test func withoutHeadroomItStays() {
    var ladder = Ladder(models: 2)
    while ladder.rung == 0 { _ = ladder.note(missed: true, share: 1.5) }
    for _ in 0..<20_000 { _ = ladder.note(missed: false, share: 0.8) }
    #expect(ladder.rung == 1)
  }

  @Test func failedClimbsComeEverMoreRarely() {
    var ladder = Ladder(models: 1)
    var climbs: [Int] = []
    var hop = 0
    while hop < 60_000 {
      hop += 1
      // The model never makes it, fallback always does.
      let isLast = ladder.isLast
      if ladder.note(missed: !isLast, share: isLast ? 0.05 : 2), !ladder.isLast {
        climbs.append(hop)
      }
    }
    let gaps = zip(climbs.dropFirst(), climbs).map { $0 - $1 }
    #expect(gaps.count >= 3)
    #expect(zip(gaps.dropFirst(), gaps).allSatisfy { $0 >= $1 })
    #expect(gaps.last! >= ladder.lastWait)
  }

  @Test func backoffDoublesFromATenthToFiveSeconds() {
    var backoff = Backoff()
    let waits = (0..<9).map { _ in backoff.wait() / 1_000_000 }
    #expect(waits == [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
    backoff.reset()
    #expect(backoff.wait() == 100_000_000)
  }
}
