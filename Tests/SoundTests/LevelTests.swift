import Testing

/// How loud the microphone is set changes nothing that can be heard.
///
/// The features are differences of logarithms, which no gain changes but through the floor under
/// them, 1e-12: the power of a sine at -120 dB on a bin. White noise as loud reads 20 dB less on each,
/// so noise under some -100 dBFS sinks into it, and then the speech.
@Suite struct LevelTests {
  /// The error is that of gains that differ by half a dB, the least that a careful listener hears in
  /// a band of noise (E. Zwicker and H. Fastl, Psychoacoustics, chapter 7).
  private static let error = -25.0
  private static let level = 0.2

  private struct Difference {
    let error: Double
    let level: Double

    init(_ output: [Float], from reference: [Float]) {
      error = decibels(output.plus(reference.times(-1)).energy, over: reference.energy)
      level = decibels(output.energy, over: reference.energy)
    }

    var isInaudible: Bool { error < LevelTests.error && abs(level) < LevelTests.level }
    var description: String { "error \(tenths(error)) dB, level \(level) dB" }
  }

  @Test(arguments: Listener.names)
  func theLevelDoesNotMatter(name: String) throws {
    let speech = Array(Speech.all[1].samples.prefix(40_000))
    let noise = SteadyNoise.samples(speech.count, level: Speech.level * amplitude(-15), seed: 4)
    let sound = speech.plus(noise)
    let normal = sound.times(amplitude(-25) / sound.peak)
    let listener = try Listener(name)
    let reference = listener.denoise(normal)
    #expect(reference.energy > 0.3 * normal.energy)
    // Peaks of -45 and -5 dBFS.
    for gain in [-20.0, 20] {
      let output = listener.denoise(normal.times(amplitude(gain))).times(amplitude(-gain))
      let difference = Difference(output, from: reference)
      listener.tell("\(gain) dB: \(difference.description)")
      #expect(difference.isInaudible, "\(gain) dB: \(difference.description)")
    }
  }

  @Test func aDifferenceIsHeard() {
    let speech = Speech.all[1].samples
    #expect(Difference(speech, from: speech).isInaudible)
    #expect(!Difference(speech.times(amplitude(0.3)), from: speech).isInaudible)
    #expect(!Difference(Band.fricatives.of(speech), from: speech).isInaudible)
  }
}
