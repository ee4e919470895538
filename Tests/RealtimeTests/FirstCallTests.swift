import AllocationCounter
import Glibc
import Testing

@testable import Realtime

@Suite struct FirstCallTests {
  struct Record: BitwiseCopyable, Sendable {
    var number = 0.0
    var flag: UInt8 = 0
  }

  final class Thing {}

  /// The other tests of costs let the code run once before they count. Here, in a fresh process, the
  /// very first calls count: what the language runtime does once, it has done in the initialisers.
  @Test(.enabled(if: hush_counts() != 0, "sanitizers stand in the counter's place"))
  func costNothing() async {
    await #expect(processExitsWith: .success) {
      let frames = FrameRing(capacity: 64, channels: 1)
      let records = RecordRing<Record>(capacity: 4)
      let hops = HopRing(capacity: 4, hop: 8, channels: 1)
      let shared = Seqlock(Record())
      let (box, thing) = (Mailbox<Thing>(), Unmanaged.passRetained(Thing()))
      let (wakeup, counter, histogram) = (Wakeup(), Counter(), LatencyHistogram())
      let samples = UnsafeMutablePointer<Float>.allocate(capacity: 64)
      samples.initialize(repeating: 0, count: 64)
      let costs = UnsafeMutablePointer<Int>.allocate(capacity: 9)
      costs.initialize(repeating: 0, count: 9)
      var start = hush_allocation_count() + hush_lock_count()
      start = hush_allocation_count() + hush_lock_count()
      _ = frames.write(samples, frames: 20)
      _ = frames.read(samples, frames: 10)
      _ = frames.skip(3)
      costs[0] = hush_allocation_count() + hush_lock_count() - start
      _ = records.write(Record())
      _ = records.read()
      costs[1] = hush_allocation_count() + hush_lock_count() - start
      hops.claim()?[0] = 1
      hops.commit(HopHeader())
      _ = hops.peek(0)
      hops.release(1)
      costs[2] = hush_allocation_count() + hush_lock_count() - start
      shared.store(Record())
      _ = shared.load()
      costs[3] = hush_allocation_count() + hush_lock_count() - start
      _ = box.post(thing)
      _ = box.take()
      costs[4] = hush_allocation_count() + hush_lock_count() - start
      wakeup.signal()
      _ = wakeup.wait(until: 1)
      _ = wakeup.poll()
      costs[5] = hush_allocation_count() + hush_lock_count() - start
      counter.add()
      costs[6] = hush_allocation_count() + hush_lock_count() - start
      histogram.record(5)
      histogram.recordStalled(100, expectedInterval: 10)
      costs[7] = hush_allocation_count() + hush_lock_count() - start
      _ = MonotonicClock.now()
      costs[8] = hush_allocation_count() + hush_lock_count() - start
      for index in 0..<9 where costs[index] != 0 {
        print("the first calls, up to number \(index), cost \(costs[index])")
        exit(Int32(10 + index))
      }
      exit(0)
    }
  }
}
