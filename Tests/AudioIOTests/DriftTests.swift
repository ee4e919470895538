import AllocationCounter
import Foundation
import Testing

@testable import AudioIO

@Suite struct DriftTests {
  /// Numbers between 0 and 1, the same every time.
  private struct Jitter {
    var state: UInt64 = 88_172_645_463_325_252
    mutating func next() -> Double {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Double(state >> 11) * 0x1p-53
    }
  }

  // MARK: StreamClock

  @Test(arguments: [300.0, -300, 0])
  func theClockFindsTheRateThroughJitter(_ ppm: Double) {
    var jitter = Jitter()
    var clock = StreamClock(rate: 16_000)
    let truth = 16_000 * (1 + ppm * 1e-6)
    let begin: UInt64 = 5_000_000_000_000
    var worst = 0.0
    for turn in 0..<7500 {
      let position = UInt64(turn * 128)
      let exact = Double(position) / truth * 1e9
      // Late by up to a millisecond, never early.
      clock.update(position: position, time: begin + UInt64(exact + jitter.next() * 1e6))
      if turn > 2500 {
        let error = Double(clock.time(at: position)) - Double(begin) - exact
        worst = max(worst, abs(error - 0.5e6))
      }
    }
    #expect(abs(clock.rate / truth - 1) < 10e-6)
    #expect(abs(clock.deviation - ppm) < 10)
    // A millisecond of jitter leaves less than a tenth of it.
    #expect(worst < 0.1e6)
  }

  @Test func theClockIsRightSoonAndBothWays() {
    var clock = StreamClock(rate: 48_000)
    #expect(!clock.isSet)
    for turn in 0...125 {
      clock.update(position: UInt64(turn * 384), time: 1_000_000_000 + UInt64(turn) * 8_000_000)
    }
    #expect(clock.time(at: 96_000) == 3_000_000_000)
    #expect(abs(clock.position(at: 1_500_000_000) - 24_000) < 0.01)
    // A gap in the stream: begun anew, the rate is kept.
    clock.reset(position: 0, time: 77)
    #expect(clock.time(at: 48_000) == 1_000_000_077)
    // What does not move on says nothing.
    clock.update(position: 0, time: 1_000_000_000)
    #expect(clock.time(at: 48_000) == 1_000_000_077)
    clock.forget()
    #expect(!clock.isSet)
  }

  @Test func aStallDoesNotThrowTheClockOff() {
    var clock = StreamClock(rate: 16_000)
    for turn in 0..<1000 {
      let late: UInt64 = turn == 700 ? 50_000_000 : 0
      clock.update(position: UInt64(turn * 128), time: UInt64(turn) * 8_000_000 + late)
    }
    #expect(abs(clock.deviation) < 200)
    #expect(abs(Double(clock.time(at: 128_000)) - 8e9) < 2e6)
  }

  // MARK: DriftController

  private struct Course {
    var worst = 0.0
    /// After 40 s: the error, the ratio's distance from the clocks', its change within a second.
    var error = 0.0
    var wander = 0.0
    var slew = 0.0
  }

  private func run(ppm: Double, jitter amount: Double, begin: Double = 0) -> Course {
    var jitter = Jitter()
    var controller = DriftController()
    var error = begin
    var course = Course()
    var recent: [Double] = []
    for turn in 0..<15_000 {
      let measured = error + (jitter.next() * 2 - 1) * amount
      let ratio = controller.update(error: measured, interval: 0.008)
      // More comes in than is played, by ppm, and is stretched by the ratio.
      error += 0.008 * (ppm * 1e-6 + ratio - 1)
      course.worst = max(course.worst, abs(error))
      guard turn > 5000 else { continue }
      course.error = max(course.error, abs(error))
      course.wander = max(course.wander, abs(ratio - 1 + ppm * 1e-6) * 1e6)
      recent.append(ratio)
      if recent.count > 125 {
        course.slew = max(course.slew, abs(ratio - recent[recent.count - 126]) * 1e6)
      }
    }
    return course
  }

  @Test(arguments: [300.0, -300])
  func aSteadyDriftIsFollowedInaudibly(_ ppm: Double) {
    let quiet = run(ppm: ppm, jitter: 0)
    #expect(quiet.worst < 0.002 && quiet.error < 0.0003)
    #expect(quiet.wander < 30 && quiet.slew < 5)
    let noisy = run(ppm: ppm, jitter: 0.001)
    #expect(noisy.worst < 0.002 && noisy.error < 0.0005)
    // A second's pitch moves by less than 50 ppm; a semitone is 59,000.
    #expect(noisy.wander < 80 && noisy.slew < 50)
  }

  @Test func anErrorAtTheStartGoesAway() {
    #expect(run(ppm: 100, jitter: 0, begin: 0.005).error < 0.0003)
    #expect(run(ppm: 0, jitter: 0, begin: -0.01).error < 0.0005)
  }

  @Test func theRatioStaysWithinItsBounds() {
    var controller = DriftController()
    var last = 1.0
    var (outside, hasty) = (0, 0)
    for turn in 0..<20_000 {
      let ratio = controller.update(error: turn < 10_000 ? 10 : -10, interval: 0.008)
      outside += abs(ratio - 1) > 0.005 + 1e-12 ? 1 : 0
      hasty += abs(ratio - last) > 0.0002 * 0.008 + 1e-12 ? 1 : 0
      last = ratio
    }
    #expect(outside == 0 && hasty == 0)
    #expect(abs(last - 1.005) < 1e-9)
    #expect(controller.update(error: .nan, interval: 0.008) == last)
    controller.reset()
    #expect(controller.ratio == 1 && controller.learned == 0)
  }

  // MARK: DriftResampler

  private func tone(_ frequency: Double, rate: Double, frames: Int) -> [Float] {
    (0..<frames).map { Float(sin(2 * .pi * frequency * Double($0) / rate) * 0.5) }
  }

  @Test(arguments: DriftResampler.Quality.allCases, [1.0, 1.0003, 0.9997, 1.005])
  func aToneComesOutWhereTheDelaySays(_ quality: DriftResampler.Quality, _ ratio: Double) throws {
    let resampler = try DriftResampler(channels: 1, maximumFrames: 256, quality: quality)
    let input = tone(440, rate: 16_000, frames: 16_000)
    var output: [Float] = []
    var block = [Float](repeating: 0, count: 512)
    var worst: Float = 0
    var spread = 0.0...0.0
    for start in stride(from: 0, to: 16_000, by: 128) {
      // Where in the input the next frame to come out is.
      let place = Double(start) - resampler.delay
      let (consumed, produced) = input.withUnsafeBufferPointer {
        resampler.process(
          $0.baseAddress! + start, frames: 128, to: &block, capacity: 512, ratio: ratio)
      }
      #expect(consumed == 128)
      if start > 1000 {
        for i in 0..<produced {
          let at = place + Double(i) / ratio
          let expected = Float(sin(2 * .pi * 440 * at / 16_000) * 0.5)
          worst = max(worst, abs(block[i] - expected))
        }
        spread = min(spread.lowerBound, resampler.delay)...max(spread.upperBound, resampler.delay)
      }
      output += block[..<produced]
    }
    #expect(worst < 0.0005)
    #expect(abs(Double(output.count) - (16_000 - resampler.delay) * ratio) < 2)
    #expect(spread.upperBound <= Double(resampler.latency) + 2)
    #expect(spread.upperBound >= Double(resampler.latency) - 2)
  }

  @Test func aChangingRatioKeepsTheDelayExact() throws {
    let resampler = try DriftResampler(channels: 2, maximumFrames: 128)
    let mono = tone(300, rate: 16_000, frames: 32_000)
    let input = mono.flatMap { (sample: Float) -> [Float] in [sample, -sample] }
    var block = [Float](repeating: 0, count: 512)
    var worst: Float = 0
    for (turn, start) in stride(from: 0, to: 32_000, by: 128).enumerated() {
      let place = Double(start) - resampler.delay
      let ratio = 1 + 0.0005 * sin(Double(turn) / 20)
      let (_, produced) = input.withUnsafeBufferPointer {
        resampler.process(
          $0.baseAddress! + 2 * start, frames: 128, to: &block, capacity: 256, ratio: ratio)
      }
      guard start > 1000 else { continue }
      for i in 0..<produced {
        let at = place + Double(i) / ratio
        let expected = Float(sin(2 * .pi * 300 * at / 16_000) * 0.5)
        worst = max(worst, abs(block[2 * i] - expected), abs(block[2 * i + 1] + expected))
      }
    }
    #expect(worst < 0.0005)
    resampler.reset()
    #expect(resampler.delay == 0)
  }

  @Test func resamplingAndSteeringAllocateNothing() throws {
    let resampler = try DriftResampler(channels: 2, maximumFrames: 128)
    var controller = DriftController()
    var clock = StreamClock(rate: 16_000)
    let input = [Float](repeating: 0.25, count: 256)
    var output = [Float](repeating: 0, count: 512)
    var counted = -1
    for _ in 0..<2 {
      let before = hush_allocation_count()
      for turn in 0..<1000 {
        clock.update(position: UInt64(turn * 128), time: UInt64(turn) * 8_000_000)
        let ratio = controller.update(error: 0.0001, interval: 0.008)
        _ = resampler.process(input, frames: 128, to: &output, capacity: 256, ratio: ratio)
      }
      resampler.reset()
      counted = hush_allocation_count() - before
    }
    #expect(counted == 0)
  }
}
