import Synchronization
import Testing

@testable import Realtime

@Suite struct HistoryRingTests {
  private struct Wide: BitwiseCopyable, Equatable, Sendable {
    var first: UInt64
    var second: UInt64
    var last: UInt32

    init(_ number: UInt64) {
      (first, second, last) = (number, ~number, UInt32(truncatingIfNeeded: number))
    }

    var isWhole: Bool { self == Wide(first) }
  }

  private final class Flag: Sendable {
    let isOver = Atomic(false)
  }

  @Test func theLastRecordsAreThere() {
    let ring = HistoryRing(capacity: 5, blank: Wide(0))
    #expect(ring.capacity == 8)
    #expect(ring.written == 0)
    #expect(ring.record(0) == nil)
    for number in 0..<20 { ring.write(Wide(UInt64(number))) }
    #expect(ring.written == 20)
    // The next write may be going over the twelfth.
    #expect(ring.oldest == 13)
    #expect(ring.record(12) == nil)
    #expect(ring.record(20) == nil)
    for number in ring.oldest..<20 { #expect(ring.record(number) == Wide(number)) }
  }

  @Test func whatIsOverwrittenMeanwhileIsLeftOut() async {
    let ring = HistoryRing(capacity: 16, blank: Wide(0))
    let flag = Flag()
    await withTaskGroup(of: Int.self) { group in
      group.addTask {
        for number in 0..<200_000 { ring.write(Wide(UInt64(number))) }
        flag.isOver.store(true, ordering: .releasing)
        return 0
      }
      group.addTask {
        var torn = 0
        while !flag.isOver.load(ordering: .acquiring) {
          for number in ring.oldest..<ring.written {
            if let record = ring.record(number), !record.isWhole || record.first != number {
              torn += 1
            }
          }
        }
        return torn
      }
      for await torn in group { #expect(torn == 0) }
    }
  }
}
