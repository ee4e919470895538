import AllocationCounter
import Synchronization
import Testing

@testable import Realtime

@Suite struct SharingTests {
  struct Wide: BitwiseCopyable, Equatable, Sendable {
    var first: UInt64
    var second: Double
    var third: UInt32
    var last: UInt8

    init(_ number: UInt64) {
      first = number
      second = Double(number)
      third = UInt32(truncatingIfNeeded: number)
      last = UInt8(truncatingIfNeeded: number)
    }

    var isWhole: Bool { self == Wide(first) }
  }

  @Test(arguments: [UInt64(0), UInt64.max - 4])
  func theNewestValueIsRead(start: UInt64) {
    let shared = Seqlock(Wide(3), start: start)
    #expect(shared.load() == Wide(3))
    for number in 0..<20 {
      shared.store(Wide(UInt64(number)))
      #expect(shared.load() == Wide(UInt64(number)))
    }
    let byte = Seqlock(UInt8(9))
    byte.store(200)
    #expect(byte.load() == 200)
  }

  /// A plain sequence lock would spin here for ever.
  @Test func aWriterThatStandsStillHoldsNobodyUp() {
    let shared = Seqlock(Wide(1))
    shared.store(Wide(2))
    shared.beginCopy { $0.store(0xDEAD, ordering: .relaxed) }
    #expect(shared.load() == Wide(2))
    shared.store(Wide(3))
    #expect(shared.load() == Wide(3))
  }

  /// A reader never sees half of one value and half of another, nor an older one than before.
  @Test func valuesAreNotTorn() throws {
    let shared = Seqlock(Wide(0))
    let done = Counter()
    let rounds: UInt64 = 150_000
    let bad = Counter()
    let readers = try (0..<2).map { _ in
      try RealtimeThread(ThreadRequest(name: "read", priority: 0)) {
        var newest: UInt64 = 0
        while done.value == 0 {
          let value = shared.load()
          if !value.isWhole || value.first < newest { bad.add() }
          newest = value.first
        }
      }
    }
    for number in 1...rounds { shared.store(Wide(number)) }
    done.add()
    for reader in readers { reader.join() }
    #expect(bad.value == 0)
    #expect(shared.load() == Wide(rounds))
  }

  @Test func sharingCostsNothing() {
    let shared = Seqlock(Wide(1))
    let cost = Cost.ofCalling {
      shared.store(Wide(5))
      _ = shared.load()
    }
    #expect(cost == .none)
  }

  final class Thing {
    let number: Int
    let freed: Counter
    init(_ number: Int, _ freed: Counter) {
      self.number = number
      self.freed = freed
    }
    deinit { freed.add() }
  }

  @Test func aMailboxHandsReferencesOn() {
    let freed = Counter()
    do {
      let box = Mailbox<Thing>()
      #expect(box.take() == nil)
      #expect(box.post(.passRetained(Thing(1, freed))) == nil)
      let unread = box.post(.passRetained(Thing(2, freed)))
      #expect(unread?.takeUnretainedValue().number == 1)
      unread?.release()
      #expect(freed.value == 1)
      let taken = box.take()
      #expect(taken?.takeRetainedValue().number == 2 && box.take() == nil)
      #expect(freed.value == 2)
      #expect(box.post(.passRetained(Thing(3, freed))) == nil)
      #expect(box.post(nil)?.takeRetainedValue().number == 3)
      #expect(box.post(.passRetained(Thing(4, freed))) == nil)
    }
    // The one left inside went with the box.
    #expect(freed.value == 4)
  }

  /// Each object arrives once, whole, and all are freed.
  @Test func aMailboxBetweenThreads() throws {
    let (freed, box, back) = (Counter(), Mailbox<Thing>(), Mailbox<Thing>())
    let (taken, posted, done) = (Counter(), 20_000, Counter())
    let cost = Counter()
    let thread = try RealtimeThread(ThreadRequest(name: "take", priority: 0)) {
      while true {
        let last = done.value != 0
        let before = hush_allocation_count() + hush_lock_count()
        if let thing = box.take() {
          taken.add(UInt64(thing._withUnsafeGuaranteedRef { $0.number }))
          // The one that is pushed out is the poster's to release; here it is the test's own.
          if let old = back.post(thing) { old.release() }
        } else if last {
          return
        }
        cost.add(UInt64(hush_allocation_count() + hush_lock_count() - before))
      }
    }
    for _ in 0..<posted {
      box.post(.passRetained(Thing(1, freed)))?.release()
      back.take()?.release()
    }
    done.add()
    thread.join()
    back.take()?.release()
    #expect(freed.value == UInt64(posted))
    #expect(taken.value > 0 && taken.value <= UInt64(posted))
    #expect(cost.value == 0)
  }

  @Test func wakeupsAreKept() {
    let wakeup = Wakeup()
    #expect(!wakeup.poll())
    #expect(!wakeup.wait(until: 0))
    wakeup.signal()
    wakeup.signal()
    #expect(wakeup.wait(until: 0))
    wakeup.wait()
    #expect(!wakeup.wait(until: MonotonicClock.now() + 2_000_000))
    let cost = Cost.ofCalling {
      wakeup.signal()
      _ = wakeup.wait(until: MonotonicClock.now())
      wakeup.signal()
      _ = wakeup.poll()
    }
    #expect(cost == .none)
  }

  /// Waits at least until the deadline, and sees what was written before the signal.
  @Test func wakeupsBetweenThreads() throws {
    let wakeup = Wakeup()
    let deadline = MonotonicClock.now() + 3_000_000
    #expect(!wakeup.wait(until: deadline))
    #expect(MonotonicClock.now() >= deadline)
    let (there, back) = (Wakeup(), Wakeup())
    let ring = RecordRing<UInt64>(capacity: 1)
    let thread = try RealtimeThread(ThreadRequest(name: "echo", priority: 0)) {
      for _ in 0..<2000 {
        there.wait()
        _ = ring.read()
        back.signal()
      }
    }
    var refused = 0
    for number in 0..<2000 {
      if !ring.write(UInt64(number)) { refused += 1 }
      there.signal()
      if !back.wait(until: .max) { refused += 1 }
    }
    thread.join()
    #expect(refused == 0)
  }
}
