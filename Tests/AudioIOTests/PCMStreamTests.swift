import Testing
import VirtualCardSupport

@testable import AudioIO

extension ALSATests {
  @Suite struct Streams {
    struct Way: CustomTestStringConvertible {
      var format: PCMFormat
      var mapped: Bool
      var rate: Int
      var testDescription: String { "\(format) \(mapped ? "mapped" : "called") \(rate)" }
    }

    static let ways = PCMFormat.allCases.flatMap { format in
      [
        Way(format: format, mapped: false, rate: 16_000),
        Way(format: format, mapped: true, rate: 48_000),
      ]
    }

    @Test(arguments: ways)
    func captureGivesWhatTheMicrophoneHears(_ way: Way) throws {
      let sound = ALSATests.noise(8000)
      let card = VirtualCard(rate: way.rate, sound: sound)
      let pcm = try PCMStream(
        PCMRequest(
          direction: .capture, device: card.captureName, rate: way.rate, format: way.format,
          mapped: way.mapped))
      #expect(pcm.format == way.format && pcm.isMapped == way.mapped && pcm.rate == way.rate)
      #expect(pcm.start() == .frames(0))
      let (samples, trouble) = ALSATests.read(pcm, frames: way.rate / 10)
      #expect(trouble == nil)
      let start = Int(card.account(.capture).startFrame)
      let expected = (0..<samples.count).map { sound[(start + $0) % sound.count] }
      #expect(ALSATests.difference(samples, expected) == nil)
      #expect(card.account(.capture).xruns == 0)
    }

    @Test(arguments: ways)
    func theLoudspeakerGetsWhatIsWritten(_ way: Way) throws {
      let card = VirtualCard(rate: way.rate)
      let pcm = try PCMStream(
        PCMRequest(
          direction: .playback, device: card.playbackName, rate: way.rate, channels: 1,
          format: way.format, periods: 30, mapped: way.mapped))
      let sound = ALSATests.noise(way.rate / 10)
      #expect(ALSATests.write(pcm, sound) == .frames(sound.count))
      let start = Int(card.account(.playback).startFrame)
      #expect(ALSATests.difference(card.heard().dropFirst(start), sound) == nil)
    }

    @Test func aMonoStreamGoesToAllChannels() throws {
      let card = VirtualCard(rate: 16_000, channels: 2...2)
      let pcm = try PCMStream(
        PCMRequest(direction: .playback, device: card.playbackName, periods: 30))
      #expect(pcm.channels == 2 && pcm.streamChannels == 1)
      let sound = ALSATests.noise(1600)
      #expect(ALSATests.write(pcm, sound) == .frames(1600))
      let start = Int(card.account(.playback).startFrame)
      let both = sound.flatMap { (sample: Float) -> [Float] in [sample, sample] }
      #expect(ALSATests.difference(card.heard().dropFirst(start * 2), both) == nil)
    }

    @Test func channelsArePickedAndPut() throws {
      var options = VirtualCard.Options()
      options.channels = 4...4
      options.soundChannels = 4
      options.sound = (0..<4000).map { (i: Int) -> Float in
        Float(i % 4) / 8 + Float(i / 4 % 100) / 1024
      }
      let card = VirtualCard(options)
      let microphone = try PCMStream(
        PCMRequest(direction: .capture, device: card.captureName, routing: [3, 1]))
      #expect(microphone.streamChannels == 2 && microphone.channels == 4)
      _ = microphone.start()
      let (samples, _) = ALSATests.read(microphone, frames: 200)
      try #require(samples.count >= 400)
      let start = Int(card.account(.capture).startFrame)
      for i in 0..<200 {
        #expect(samples[2 * i] == options.sound[((start + i) * 4 + 3) % 4000])
        #expect(samples[2 * i + 1] == options.sound[((start + i) * 4 + 1) % 4000])
      }
      microphone.close()

      let speaker = try PCMStream(
        PCMRequest(
          direction: .playback, device: card.playbackName, periods: 30, routing: [2, 0],
          streamChannels: 2))
      let pairs = ALSATests.noise(800)
      #expect(ALSATests.write(speaker, pairs) == .frames(400))
      let first = Int(card.account(.playback).startFrame) * 4
      let heard = card.heard().dropFirst(first)
      let expected = (0..<400).flatMap { (i: Int) -> [Float] in
        [pairs[2 * i + 1], 0, pairs[2 * i], 0]
      }
      #expect(ALSATests.difference(heard, expected) == nil)
    }

    @Test func defaultsAreAShortPeriodAndALongCaptureBuffer() throws {
      for (rate, period) in [(16_000, 128), (48_000, 384), (44_100, 353)] {
        let card = VirtualCard(rate: rate)
        let microphone = try PCMStream(
          PCMRequest(direction: .capture, device: card.captureName))
        #expect(microphone.period == period)
        #expect(microphone.buffer >= 8 * period && microphone.buffer >= rate / 10)
        #expect(microphone.format == .float && microphone.channels == 1)
        let speaker = try PCMStream(
          PCMRequest(direction: .playback, device: card.playbackName))
        #expect(speaker.period == period && speaker.buffer == 3 * period)
        #expect(speaker.clockName == microphone.clockName && speaker.sharesClock(with: microphone))
      }
      let two = VirtualCard(rate: 16_000, playbackPPM: 100)
      let microphone = try PCMStream(PCMRequest(direction: .capture, device: two.captureName))
      let speaker = try PCMStream(PCMRequest(direction: .playback, device: two.playbackName))
      #expect(!speaker.sharesClock(with: microphone))
    }

    @Test func aDeviceOfPowersOfTwoGetsTheNextOne() throws {
      var options = VirtualCard.Options()
      options.rates = [48_000]
      options.periodsArePowersOfTwo = true
      let card = VirtualCard(options)
      let pcm = try PCMStream(PCMRequest(direction: .capture, device: card.captureName))
      #expect(pcm.period == 512)
      #expect(
        ALSATests.trouble(PCMRequest(direction: .capture, device: card.captureName, period: 480))
          .message.contains("no period of 480"))
    }

    @Test func theRateIsTheFirstPreferredThatTheDeviceHas() throws {
      var options = VirtualCard.Options()
      options.rates = [8000, 32_000, 44_100]
      let card = VirtualCard(options)
      func rate(_ preferred: [Int]) throws -> Int {
        try PCMStream(
          PCMRequest(
            direction: .capture, device: card.captureName, preferredRates: preferred)
        ).rate
      }
      #expect(try rate([16_000, 48_000, 32_000, 8000]) == 32_000)
      #expect(try rate([16_000]) == 44_100)
      #expect(try rate([]) == 44_100)
      // A plug would make any rate of any other; it is not let.
      let pcm = try PCMStream(
        PCMRequest(
          direction: .capture, device: "plug:\(card.captureName)", preferredRates: [16_000, 8000]))
      #expect(pcm.rate == 8000)
    }
  }

  static func trouble(_ request: PCMRequest) -> PCMError {
    do {
      _ = try PCMStream(request)
    } catch {
      return error
    }
    return PCMError(.failed, device: "", direction: .capture, "was opened")
  }
}
