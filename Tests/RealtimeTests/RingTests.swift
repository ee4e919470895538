import Glibc
import Testing

@testable import Realtime

@Suite struct RingTests {
  struct Record: BitwiseCopyable, Equatable {
    var number: UInt64
    var check: UInt32
  }

  @Test(arguments: [UInt64(0), UInt64.max - 5])
  func recordsKeepTheirOrder(start: UInt64) {
    let ring = RecordRing<Record>(capacity: 4, start: start)
    #expect(ring.capacity == 4 && ring.read() == nil)
    var (sent, got) = (UInt64(0), UInt64(0))
    for turn in 0..<50 {
      while ring.write(Record(number: sent, check: ~UInt32(sent))) { sent += 1 }
      #expect(ring.readable == 4 && ring.writable == 0)
      for _ in 0...(turn % 4) {
        #expect(ring.read() == Record(number: got, check: ~UInt32(got)))
        got += 1
      }
    }
    #expect(sent > 100)
  }

  @Test func recordsSurviveTwoThreads() throws {
    let ring = RecordRing<Record>(capacity: 64, start: .max - 1000)
    #if DEBUG
      let total: UInt64 = 200_000
    #else
      let total: UInt64 = 5_000_000
    #endif
    let thread = try RealtimeThread(ThreadRequest(name: "produce", priority: 0)) {
      var number: UInt64 = 0
      while number < total {
        if ring.write(Record(number: number, check: ~UInt32(truncatingIfNeeded: number))) {
          number += 1
        } else {
          sched_yield()
        }
      }
    }
    var (number, wrong) = (UInt64(0), 0)
    while number < total {
      guard let record = ring.read() else {
        sched_yield()
        continue
      }
      if record != Record(number: number, check: ~UInt32(truncatingIfNeeded: number)) { wrong += 1 }
      number += 1
    }
    thread.join()
    #expect(wrong == 0 && ring.read() == nil)
  }

  @Test func recordsCostNothing() {
    let ring = RecordRing<Record>(capacity: 4)
    let cost = Cost.ofCalling {
      _ = ring.write(Record(number: 1, check: 2))
      _ = ring.readable + ring.writable
      _ = ring.read()
      _ = ring.read()
    }
    #expect(cost == .none)
  }

  @Test(arguments: [UInt64(0), UInt64.max - 2])
  func hopsAreFilledAndSeenInPlace(start: UInt64) throws {
    let ring = HopRing(capacity: 3, hop: 5, channels: 2, start: start)
    #expect(ring.capacity == 4 && ring.peek(0) == nil && ring.peek(-1) == nil)
    for number in 0..<4 {
      let slot = try #require(ring.claim())
      #expect(ring.claim() == slot)
      for n in 0..<10 { slot[n] = Float(number * 10 + n) }
      ring.commit(
        HopHeader(sequence: UInt64(number), captured: 7, flags: [.fallback, .discontinuity]))
    }
    #expect(ring.claim() == nil && ring.readable == 4 && ring.writable == 0)
    for number in 0..<4 {
      let seen = try #require(ring.peek(number))
      #expect(seen.header.pointee.sequence == UInt64(number))
      #expect(seen.header.pointee.flags.contains(.discontinuity))
      #expect((0..<10).allSatisfy { seen.samples[$0] == Float(number * 10 + $0) })
    }
    #expect(ring.peek(4) == nil)
    ring.release(3)
    #expect(ring.peek(0)?.header.pointee.sequence == 3 && ring.peek(1) == nil)
    #expect(ring.writable == 3 && ring.claim() != nil)
  }

  @Test func hopsSurviveTwoThreads() throws {
    let ring = HopRing(capacity: 8, hop: 16, channels: 1, start: .max - 1000)
    #if DEBUG
      let total = 40_000
    #else
      let total = 2_000_000
    #endif
    let thread = try RealtimeThread(ThreadRequest(name: "produce", priority: 0)) {
      var number = 0
      while number < total {
        guard let slot = ring.claim() else {
          sched_yield()
          continue
        }
        slot.update(repeating: Float(number & 0xFF_FFFF), count: 16)
        ring.commit(HopHeader(sequence: UInt64(number)))
        number += 1
      }
    }
    var (number, wrong) = (0, 0)
    while number < total {
      // Looks at the second one as often as it can.
      for ahead in 0...1 {
        guard let hop = ring.peek(ahead) else { break }
        let expected = Float((number + ahead) & 0xFF_FFFF)
        if hop.header.pointee.sequence != UInt64(number + ahead) || hop.samples[0] != expected
          || hop.samples[15] != expected
        {
          wrong += 1
        }
      }
      if ring.readable > 0 {
        ring.release(1)
        number += 1
      } else {
        sched_yield()
      }
    }
    thread.join()
    #expect(wrong == 0 && ring.readable == 0)
  }

  @Test func hopsCostNothing() {
    let ring = HopRing(capacity: 4, hop: 128, channels: 2)
    let cost = Cost.ofCalling {
      ring.claim()?[0] = 1
      ring.commit(HopHeader(sequence: 3))
      _ = ring.peek(0)?.header.pointee.flags.contains(.fallback)
      ring.release(1)
      _ = ring.readable + ring.writable
    }
    #expect(cost == .none)
  }

  @Test func misuseIsCaught() async {
    await #expect(processExitsWith: .failure) {
      HopRing(capacity: 2, hop: 4, channels: 1).release(1)
    }
    await #expect(processExitsWith: .failure) { _ = FrameRing(capacity: 0, channels: 1) }
  }
}
