import Glibc
import Testing

@testable import Realtime

@Suite struct FrameRingTests {
  @Test(arguments: [(1, 1), (2, 2), (3, 4), (1000, 1024), (1025, 2048)])
  func capacityIsAPowerOfTwo(wanted: Int, got: Int) {
    let ring = FrameRing(capacity: wanted, channels: 3)
    #expect(ring.capacity == got && ring.writable == got && ring.readable == 0)
  }

  @Test(arguments: [UInt64(0), UInt64.max - 20, (UInt64(1) << 63) - 7])
  func fullAndEmpty(start: UInt64) {
    let ring = FrameRing(capacity: 8, channels: 2, start: start)
    let input = (0..<40).map(Float.init)
    var output = [Float](repeating: -1, count: 40)
    #expect(ring.read(&output, frames: 5) == 0)
    #expect(ring.write(input, frames: 20) == 8)
    #expect(ring.write(input, frames: 1) == 0)
    #expect(ring.readable == 8 && ring.writable == 0)
    #expect(ring.written == start &+ 8 && ring.consumed == start)
    #expect(ring.read(&output, frames: 3) == 3)
    #expect(Array(output[..<7]) == [0, 1, 2, 3, 4, 5, -1])
    #expect(ring.skip(2) == 2)
    #expect(ring.read(&output, frames: 20) == 3)
    #expect(Array(output[..<6]) == [10, 11, 12, 13, 14, 15])
    #expect(ring.skip(1) == 0)
    #expect(ring.read(&output, frames: -1) == 0 && ring.write(input, frames: -4) == 0)
    #expect(ring.written == ring.consumed)
  }

  /// Every sample comes out once, in order, whatever the pieces, past the end of the memory and of
  /// the numbers.
  @Test(arguments: [1, 2, 5])
  func orderSurvives(channels: Int) {
    let ring = FrameRing(capacity: 64, channels: channels, start: .max - 3000)
    var random = Randomness(seed: UInt64(channels))
    var (sent, got, wrong) = (0, 0, 0)
    var block = [Float](repeating: 0, count: 100 * channels)
    while got < 10_000 {
      let frames = random.below(90)
      for n in 0..<(frames * channels) { block[n] = Float(sent * channels + n) }
      sent += ring.write(block, frames: frames)
      if random.below(8) == 0 { got += ring.skip(random.below(20)) }
      let read = ring.read(&block, frames: random.below(90))
      for n in 0..<(read * channels) where block[n] != Float(got * channels + n) { wrong += 1 }
      got += read
      if ring.readable != sent - got { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  /// Two threads at once; the numbers stay exact in a Float by counting modulo 2^24.
  @Test func twoThreads() throws {
    let ring = FrameRing(capacity: 512, channels: 2, start: .max - 100_000)
    let total = Self.stressFrames
    let thread = try RealtimeThread(ThreadRequest(name: "produce", priority: 0)) {
      let block = UnsafeMutablePointer<Float>.allocate(capacity: 400)
      defer { block.deallocate() }
      var random = Randomness(seed: 1)
      var sent = 0
      while sent < total {
        let frames = min(1 + random.below(200), total - sent)
        var n = 0
        while n < frames {
          block[2 * n] = Float((sent &+ n) & 0xFF_FFFF)
          block[2 * n + 1] = -block[2 * n]
          n &+= 1
        }
        var done = 0
        while done < frames {
          done += ring.write(block + 2 * done, frames: frames - done)
          if done < frames { sched_yield() }
        }
        sent += frames
      }
    }
    let block = UnsafeMutablePointer<Float>.allocate(capacity: 400)
    defer { block.deallocate() }
    var random = Randomness(seed: 2)
    var (got, wrong) = (0, 0)
    while got < total {
      let read = ring.read(block, frames: 1 + random.below(200))
      if read == 0 { sched_yield() }
      var n = 0
      while n < read {
        let expected = Float((got &+ n) & 0xFF_FFFF)
        if block[2 * n] != expected || block[2 * n + 1] != -expected { wrong += 1 }
        n &+= 1
      }
      got += read
    }
    thread.join()
    #expect(wrong == 0)
    #expect(ring.readable == 0)
  }

  @Test func costsNothing() {
    let ring = FrameRing(capacity: 100, channels: 2)
    var block = [Float](repeating: 0, count: 200)
    block.withUnsafeMutableBufferPointer { block in
      let samples = block.baseAddress!
      let cost = Cost.ofCalling {
        _ = ring.write(samples, frames: 70)
        _ = ring.skip(20)
        _ = ring.read(samples, frames: 60)
        _ = ring.readable + ring.writable + Int(truncatingIfNeeded: ring.written &- ring.consumed)
      }
      #expect(cost == .none)
    }
  }

  #if DEBUG
    static let stressFrames = 1_000_000
  #else
    static let stressFrames = 30_000_000
  #endif
}
