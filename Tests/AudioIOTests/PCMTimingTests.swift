import Glibc
import Realtime
import Testing
import VirtualCardSupport

@testable import AudioIO

extension ALSATests {
  @Suite struct Timing {
    /// What position() says and what the card knows: when a frame entered the microphone.
    @Test(arguments: [(16_000, 0.0, 0, 1), (48_000, 300.0, 240, 1), (16_000, -300.0, 0, 16)])
    func captureTimesAreTheCards(_ rate: Int, _ ppm: Double, _ latency: Int, _ grain: Int) throws {
      var options = VirtualCard.Options()
      options.rates = [rate]
      options.capturePPM = ppm
      options.captureLatency = latency
      options.grain = grain
      let card = VirtualCard(options)
      let pcm = try PCMStream(PCMRequest(direction: .capture, device: card.captureName))
      _ = pcm.start()
      var block = [Float](repeating: 0, count: pcm.buffer)
      var clock = StreamClock(rate: Double(rate))
      var read: UInt64 = 0
      var worst = 0.0
      let start = Double(card.account(.capture).startFrame)
      for turn in 0..<100 {
        guard case .frames = pcm.wait(milliseconds: 2000) else { break }
        let position = pcm.position()
        // Frame `read` entered the microphone `delay` frames before the stamp.
        let now = read + UInt64(position.delay)
        clock.update(position: now, time: position.time)
        if turn > 50 {
          let truth = Double(card.time(ofFrame: start + Double(now - UInt64(latency)), .capture))
          worst = max(worst, abs(Double(clock.time(at: now)) - truth) * 1e-6)
        }
        if case .frames(let count) = pcm.read(&block, frames: pcm.buffer) { read += UInt64(count) }
      }
      // Milliseconds; whoever is switched away between position and stamp shows here.
      #expect(worst < 0.5 + Double(grain) * 1000 / Double(rate))
      #expect(read > 10_000 / 2)
    }

    @Test func playbackDelayIsWhenItIsHeard() throws {
      var options = VirtualCard.Options()
      options.rates = [16_000]
      options.playbackLatency = 32
      let card = VirtualCard(options)
      let pcm = try PCMStream(PCMRequest(direction: .playback, device: card.playbackName))
      let silence = [Float](repeating: 0, count: 4096)
      var errors: [Double] = []
      _ = pcm.write(silence, frames: pcm.buffer)
      _ = pcm.start()
      for turn in 1...40 {
        guard case .frames(let room) = pcm.wait(milliseconds: 2000) else { break }
        let position = pcm.position()
        let heard = Double(position.time) + Double(position.delay) / 16_000 * 1e9
        // The next frame written is this one of the card's; its value says which turn it was.
        let frame = card.account(.playback).startFrame + card.account(.playback).program
        let truth = Double(card.time(ofFrame: Double(frame + 32), .playback))
        errors.append(abs(heard - truth) * 1e-6)
        let mark = [Float](repeating: Float(turn) / 64, count: room)
        guard case .frames = pcm.write(mark, frames: room) else { break }
        let all = card.heard()
        #expect(Int(frame) < all.count && all[Int(frame)] == Float(turn) / 64)
      }
      try #require(errors.count == 40)
      #expect(errors.sorted()[errors.count / 2] < 0.2)
    }

    @Test func wakeUpsComeAtThePaceOfTheCard() throws {
      let card = VirtualCard(rate: 16_000, capturePPM: 2000, playbackPPM: 2000)
      let pcm = try PCMStream(PCMRequest(direction: .capture, device: card.captureName))
      _ = pcm.start()
      var block = [Float](repeating: 0, count: pcm.buffer)
      let begin = MonotonicClock.now()
      var frames = 0
      var portions: [Int] = []
      while frames < 8000 {
        guard case .frames = pcm.wait(milliseconds: 2000),
          case .frames(let count) = pcm.read(&block, frames: pcm.buffer)
        else { break }
        frames += count
        portions.append(count)
      }
      try #require(frames >= 8000)
      let seconds = Double(MonotonicClock.now() - begin) * 1e-9
      #expect(abs(seconds - Double(frames) / 16_032) < 0.05)
      // It sleeps between interrupts, and through none, but on a very busy machine.
      #expect(portions.allSatisfy { $0 % pcm.period == 0 })
      #expect(portions.count <= frames / pcm.period + 2)
      #expect(portions.sorted()[portions.count / 2] < pcm.period * 3 / 2)
    }

    /// From the microphone to the loudspeaker: what both streams say together, against the sound.
    @Test func theDelayThatIsToldIsTheDelayThatIsHeard() throws {
      var options = VirtualCard.Options()
      options.rates = [16_000]
      options.captureLatency = 24
      options.playbackLatency = 40
      options.sound = ALSATests.noise(9973)
      let card = VirtualCard(options)
      let microphone = try PCMStream(PCMRequest(direction: .capture, device: card.captureName))
      let speaker = try PCMStream(
        PCMRequest(direction: .playback, device: card.playbackName, channels: 1, periods: 12))
      var block = [Float](repeating: 0, count: 4096)
      var told: [Double] = []
      _ = speaker.write(block, frames: 1024)
      _ = microphone.start()
      _ = speaker.start()
      for _ in 0..<60 {
        guard case .frames = microphone.wait(milliseconds: 2000) else { break }
        let (captured, played) = (microphone.position(), speaker.position())
        let between = Double(played.time) - Double(captured.time)
        told.append(between * 1e-9 + Double(captured.delay + played.delay) / 16_000)
        guard case .frames(let count) = microphone.read(&block, frames: 4096),
          case .frames(count) = speaker.write(block, frames: count)
        else { break }
      }
      try #require(told.count == 60 && card.account(.playback).xruns == 0)
      let begin = Int(card.account(.playback).startFrame) + 2500
      let (frames, match) = VirtualCard.lag(
        of: options.sound, in: card.heard(), from: begin, length: 2000, below: 2400)
      #expect(match > 0.999)
      let heard = Double(frames + 24 + 40) / 16_000
      #expect(abs(told.sorted()[30] - heard) < 0.0005)
    }
  }
}
