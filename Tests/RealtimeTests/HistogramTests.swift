import Testing

@testable import Realtime

@Suite struct HistogramTests {
  @Test func bucketsLeaveNoGap() {
    #expect(HistogramBuckets.lower(0) == 0)
    #expect(
      (0..<HistogramBuckets.count).allSatisfy { index in
        HistogramBuckets.index(HistogramBuckets.lower(index)) == index
          && HistogramBuckets.index(HistogramBuckets.upper(index)) == index
      })
    #expect(HistogramBuckets.upper(HistogramBuckets.count - 1) == 1 << 34 - 1)
    #expect(HistogramBuckets.index(.max) == HistogramBuckets.count - 1)
  }

  /// Any one time comes back within 1 %, at the edges of the buckets too.
  @Test func aTimeComesBack() {
    var random = Randomness(seed: 4)
    var times = (0..<3000).map { _ in Self.time(&random) }
    for index in HistogramBuckets.index(1000)..<HistogramBuckets.index(10_000_000_000) {
      times += [HistogramBuckets.lower(index), HistogramBuckets.upper(index)]
    }
    var worst = 0.0
    for time in times {
      let middle = HistogramBuckets.middle(HistogramBuckets.index(time))
      worst = max(worst, abs(Double(middle) / Double(time) - 1))
    }
    #expect(worst <= 0.01)
  }

  /// Percentiles of random sets, small and large, against the sorted times.
  @Test(arguments: [1, 2, 10, 999, 1000, 4000])
  func percentilesAreWithinOnePercent(count: Int) {
    var random = Randomness(seed: UInt64(count))
    for _ in 0..<3 {
      let histogram = LatencyHistogram()
      let times = (0..<count).map { _ in Self.time(&random) }
      for time in times { histogram.record(time) }
      let (snapshot, sorted) = (histogram.snapshot(), times.sorted())
      #expect(snapshot.count == UInt64(count))
      #expect(snapshot.sum == times.reduce(0, +))
      #expect(snapshot.max == sorted.last!)
      #expect(snapshot.percentile(100) == sorted.last!)
      var worst = 0.0
      for tenth in Array(stride(from: 0, to: 1000, by: 13)) + [500, 990, 999, 1000] {
        // Nearest rank in whole numbers: the least whose share reaches it.
        let rank = max((tenth * count + 999) / 1000, 1)
        let (exact, got) = (sorted[rank - 1], snapshot.percentile(Double(tenth) / 10))
        worst = max(worst, abs(Double(got) / Double(exact) - 1))
      }
      #expect(worst <= 0.01)
    }
  }

  /// 1 us to 10 s, as many in every doubling.
  static func time(_ random: inout Randomness) -> UInt64 {
    var time = 1000.0
    let decades = random.unit() * 7
    for _ in 0..<Int(decades) { time *= 10 }
    return UInt64(time * (1 + 9 * (decades - decades.rounded(.down))))
  }

  @Test func nothingAndTheExtremes() {
    let histogram = LatencyHistogram()
    #expect(histogram.snapshot() == HistogramSnapshot())
    #expect(histogram.snapshot().percentile(50) == 0 && histogram.snapshot().mean == 0)
    histogram.record(5, count: 0)
    #expect(histogram.snapshot().count == 0)
    histogram.record(0)
    histogram.record(3_600_000_000_000, count: 2)
    let snapshot = histogram.snapshot()
    #expect(snapshot.percentile(0) == 0 && snapshot.percentile(100) == 3_600_000_000_000)
    // Past 17 s a time is only known to be long.
    #expect(snapshot.percentile(60) > 17_000_000_000)
    #expect(snapshot.count == 3 && snapshot.sum == 7_200_000_000_000)
  }

  @Test func countsUpToABound() {
    let histogram = LatencyHistogram()
    for millisecond in 1...100 { histogram.record(UInt64(millisecond) * 1_000_000) }
    let snapshot = histogram.snapshot()
    #expect(snapshot.count(upTo: 0) == 0)
    #expect(snapshot.count(upTo: 20_500_000) == 20)
    #expect(snapshot.count(upTo: 50_500_000) == 50)
    #expect(snapshot.count(upTo: 100_000_000) == 100)
    #expect(snapshot.count(upTo: .max) == 100)
    var (before, isRising) = (UInt64(0), true)
    for bound in stride(from: UInt64(0), to: 110_000_000, by: 1_370_000) {
      let count = snapshot.count(upTo: bound)
      if count < before { isRising = false }
      before = count
    }
    #expect(isRising)
  }

  @Test func snapshotsAreMergedAndSubtracted() {
    let (one, two) = (LatencyHistogram(), LatencyHistogram())
    one.record(1000, count: 3)
    two.record(50_000)
    var both = one.snapshot()
    both.merge(two.snapshot())
    #expect(both.count == 4 && both.sum == 53_000 && both.max == 50_000)
    let first = one.snapshot()
    one.record(400, count: 2)
    let since = one.snapshot().since(first)
    #expect(since.count == 2 && since.sum == 800)
    #expect(since.max >= 400 && since.max < 408)
    #expect(one.snapshot().since(one.snapshot()) == HistogramSnapshot())
    #expect(first.since(HistogramSnapshot()) == first)
  }

  /// As the definition says, one by one.
  @Test func aStallCountsForThoseItHeldUp() {
    var random = Randomness(seed: 8)
    let cases: [(UInt64, UInt64)] =
      [(100_000_000, 8_000_000), (8_000_000, 8_000_000), (16_000_000, 8_000_000), (500, 8_000_000)]
      + (0..<40).map { _ in (Self.time(&random), 1 + Self.time(&random) / 50) }
    for (time, interval) in cases where time / interval < 100_000 {
      let (quick, slow) = (LatencyHistogram(), LatencyHistogram())
      quick.recordStalled(time, expectedInterval: interval)
      slow.record(time)
      var left = time
      while left >= interval &+ interval {
        left -= interval
        slow.record(left)
      }
      #expect(quick.snapshot() == slow.snapshot(), "\(time) every \(interval)")
    }
    let odd = LatencyHistogram()
    odd.recordStalled(7, expectedInterval: 0)
    #expect(odd.snapshot().count == 1)
    // Bounded work: this returns.
    odd.recordStalled(.max, expectedInterval: 1)
    #expect(odd.snapshot().max == .max)
  }

  @Test func manyThreadsRecord() throws {
    let histogram = LatencyHistogram()
    let threads = try (1...3).map { number in
      try RealtimeThread(ThreadRequest(name: "record", priority: 0)) {
        for time in 1...20_000 { histogram.record(UInt64(time * number)) }
      }
    }
    for thread in threads { thread.join() }
    let snapshot = histogram.snapshot()
    #expect(snapshot.count == 60_000 && snapshot.max == 60_000)
    #expect(snapshot.sum == 6 * 20_000 * 20_001 / 2)
  }

  @Test func recordingCostsNothing() {
    let histogram = LatencyHistogram()
    let cost = Cost.ofCalling {
      histogram.record(12_345)
      histogram.record(1, count: 7)
      histogram.recordStalled(200_000_000, expectedInterval: 8_000_000)
    }
    #expect(cost == .none)
  }
}
