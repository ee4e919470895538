import Glibc
import Realtime
import Testing
import VirtualCardSupport

@testable import AudioIO

extension ALSATests {
  /// A server of someone else's that keeps time by itself, as desktops have.
  @Suite(.enabled(if: PulseServer.isInstalled, "pulseaudio is not installed"))
  struct Pulse {
    private func request(_ direction: PCMDirection, _ server: PulseServer) -> PCMRequest {
      PCMRequest(
        direction: direction,
        device: direction == .capture ? server.captureName : server.playbackName, rate: 16_000,
        channels: 1, format: .s16, periods: direction == .playback ? 32 : nil)
    }

    /// Reads until it goes no further, taking xruns in its stride.
    private func runUntilLost(_ pcm: PCMStream) -> PCMResult {
      var block = [Float](repeating: 0, count: pcm.buffer)
      let end = MonotonicClock.now() + 5_000_000_000
      while MonotonicClock.now() < end {
        var result = pcm.wait(milliseconds: 100)
        if case .frames = result {
          result =
            pcm.direction == .capture
            ? pcm.read(&block, frames: pcm.buffer) : pcm.write(block, frames: pcm.period)
        }
        if result == .xrun {
          result = pcm.prepare()
          if case .frames = result { result = pcm.start() }
        }
        if case .lost = result { return result }
      }
      return .timeout
    }

    /// The plug-in wakes for less than a period, and again at once until that is taken: a thread that
    /// polled on with SCHED_FIFO would leave the server itself no time.
    @Test func waitingForWholePeriodsTakesNoProcessor() throws {
      let server = PulseServer()
      try #require(server.start())
      // No multiple of the pieces that the server passes on.
      let pcm = try PCMStream(
        PCMRequest(
          direction: .capture, device: server.captureName, rate: 16_000, channels: 1, format: .s16,
          period: 1000))
      #expect(pcm.start() == .frames(0))
      let began = (MonotonicClock.now(), MonotonicClock.thread())
      #expect(ALSATests.read(pcm, frames: 32_000).trouble == nil)
      let wall = MonotonicClock.now() - began.0
      #expect(MonotonicClock.thread() - began.1 < wall / 20)
    }

    @Test func soundGoesThroughAndAKilledServerIsLostAndFoundAgain() throws {
      let server = PulseServer()
      let unserved = ALSATests.trouble(request(.capture, server))
      #expect(unserved.kind == .missing, "\(unserved)")

      for round in 0..<2 {
        try #require(server.start(), "round \(round)")
        let microphone = try PCMStream(request(.capture, server))
        let speaker = try PCMStream(request(.playback, server))
        // A server's devices do not say which clock they have.
        #expect(!microphone.sharesClock(with: speaker))
        #expect(microphone.start() == .frames(0))
        #expect(ALSATests.read(microphone, frames: 1600).trouble == nil)
        let sound = ALSATests.noise(8000)
        #expect(ALSATests.write(speaker, sound) == .frames(8000))
        #expect(speaker.position().delay > 0)
        let (heard, trouble) = ALSATests.read(microphone, frames: 6000)
        #expect(trouble == nil)
        let start = try #require(heard.firstIndex { $0 != 0 })
        // Of the first 0.1 s the monitor was given silence before the sound came; from there on it is
        // the sound to the bit.
        let run = Array(heard[start...].prefix(2000))
        let place = (0..<6000).first { Array(sound[$0..<$0 + 8]) == Array(run.prefix(8)) }
        let from = try #require(place)
        #expect(ALSATests.difference(run, sound[from..<from + 2000]) == nil)

        server.stop()
        guard case .lost = runUntilLost(microphone) else {
          Issue.record("the capture was not lost")
          return
        }
        guard case .lost = runUntilLost(speaker) else {
          Issue.record("the playback was not lost")
          return
        }
      }
    }
  }
}
