import Testing

/// What is left of a steady noise between words does not pump.
@Suite struct PauseTests {
  /// A second of noise, then three words with pauses of 1.3 s. The noise is 20 dB under the speech:
  /// what is left of more noise is less.
  private struct Scene {
    let noise: [Float]
    let sound: [Float]
    /// In seconds: the pauses after 0.3 s in which the gains may settle.
    let pauses: [Range<Double>]

    init() {
      let (word, pause) = (0.9, 1.3)
      let count = Int((1 + 3 * (word + pause)) * 16_000)
      noise = SteadyNoise.samples(count, level: Speech.level * amplitude(-20), seed: 5)
      var (sound, pauses) = (noise, [Range<Double>]())
      for (index, speech) in Speech.all.prefix(3).enumerated() {
        let start = 1 + Double(index) * (word + pause)
        sound = sound.plus(speech.burst(from: 1.5, seconds: word), at: Int(start * 16_000))
        // A mask is as long as its window: the next word opens it 32 ms too early.
        pauses.append(start + word + 0.3..<start + word + pause - 0.1)
      }
      (self.sound, self.pauses) = (sound, pauses)
    }
  }

  /// Between pauses: half of a doubling of loudness, which is 10 dB. Within one: less than one.
  private struct Measure {
    let tracks: [GainTrack]

    init(_ output: [Float], _ scene: Scene) {
      tracks = scene.pauses.map { GainTrack(output, over: scene.noise, in: $0) }
    }

    var spread: Double {
      let means = tracks.map(\.gains.mean)
      return (means.max() ?? 0) - (means.min() ?? 0)
    }
    var swing: Double { tracks.map(\.swing).max() ?? 0 }
    var flutter: Double { tracks.map(\.flutter).max() ?? 0 }
    var isSteady: Bool { spread < 5 && swing < 10 && flutter < 3 }
    var description: String {
      "from pause to pause \(tenths(spread)) dB; "
        + tracks.map(\.description).joined(separator: "; ")
    }
  }

  @Test(arguments: Listener.names)
  func noiseStaysDown(name: String) throws {
    let (scene, listener) = (Scene(), try Listener(name))
    let measure = Measure(listener.denoise(scene.sound), scene)
    listener.tell("pauses: \(measure.description)")
    #expect(measure.isSteady, "\(measure.description)")
  }

  /// The measure hears a gate that lets the noise of every other pause through, and one that takes a
  /// second to close.
  @Test func pumpingIsHeard() {
    let scene = Scene()
    let steady = scene.sound.times(amplitude(-25))
    #expect(Measure(steady, scene).isSteady)
    var other = steady
    for n in Int(scene.pauses[1].lowerBound * 16_000)..<Int(scene.pauses[1].upperBound * 16_000) {
      other[n] *= amplitude(8)
    }
    #expect(!Measure(other, scene).isSteady)
    var slow = steady
    for pause in scene.pauses {
      let first = Int((pause.lowerBound - 0.3) * 16_000)
      for n in first..<Int(pause.upperBound * 16_000) {
        slow[n] *= amplitude(20 * (1 - Double(n - first) / 20_800))
      }
    }
    #expect(!Measure(slow, scene).isSteady)
  }
}
