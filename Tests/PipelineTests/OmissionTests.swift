import AudioIO
import Realtime
import Testing

@testable import Pipeline

/// A stall shows the hops and wake-ups that should have been, not only those that were.
@Suite struct OmissionTests {
  private func position(_ available: Int, at time: UInt64) -> PCMPosition {
    PCMPosition(available: available, delay: 0, time: time, state: .running)
  }

  @Test func aThreadThatSleepsThroughTenPeriodsWasLateTenTimes() {
    let histogram = LatencyHistogram()
    // Periods of 8 ms.
    var wakes = WakeMeter(histogram, period: 128, rate: 16_000)
    #expect(wakes.woke(at: 1_000_000_000, position(128, at: 999_900_000)) == 999_900_000)
    #expect(histogram.snapshot().count == 1)
    #expect(wakes.woke(at: 1_088_000_000, position(128 * 11, at: 1_088_000_000)) == 1_008_000_000)
    let snapshot = histogram.snapshot()
    #expect(snapshot.count == 11)
    #expect(snapshot.max == 80_000_000)
    // One each of 80, 72, ... 8 ms.
    #expect(snapshot.count(upTo: 41_000_000) == 6)
  }

  @Test func oneThatOversleptTheWholeBufferWasLateByTheClock() {
    let histogram = LatencyHistogram()
    var wakes = WakeMeter(histogram, period: 128, rate: 16_000)
    wakes.overslept(at: 5)
    #expect(histogram.snapshot().count == 0)
    _ = wakes.woke(at: 1_000_000_000, position(128, at: 1_000_000_000))
    wakes.overslept(at: 3_000_000_000)
    #expect(histogram.snapshot().max == 1_992_000_000)
    #expect(histogram.snapshot().count == 250)
  }

  @Test func levelsTellSpeechFromNoise() {
    func speech(_ input: Float, _ output: Float, strength: Float = .infinity) -> Float {
      var levels = Metrics.Levels()
      levels.input = input
      levels.output = output
      levels.estimateSpeech(strength: strength)
      return levels.speech
    }
    #expect(speech(0.01, 0.0001) == 0.01)
    #expect(speech(0.01, 0.009) > 0.89)
    // Silence is no speech, however little of it is taken away.
    #expect(speech(1e-8, 1e-8) == 0)
    // A tenth is let through anyway.
    #expect(abs(speech(0.01, 0.001, strength: 10)) < 1e-6)
    #expect(abs(speech(0.01, 0.0055, strength: 10) - 0.5) < 1e-6)
    #expect(speech(0.01, 0.01, strength: 0) == 0)
    #expect(speech(0.01, 0.02) == 1)
  }
}
