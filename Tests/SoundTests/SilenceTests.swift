import Testing

/// Silence stays silence.
@Suite struct SilenceTests {
  private static let speech = Speech.all[1].burst(from: 1.5, seconds: 1)

  @Test(arguments: Listener.names)
  func nothingComesOfNothing(name: String) throws {
    let listener = try Listener(name)
    let output = listener.denoise(Self.speech + [Float](repeating: 0, count: 8000))
    // A window of 32 ms still holds speech.
    #expect(output.dropFirst(Self.speech.count + 512).peak < 1e-9)
    #expect(output.prefix(Self.speech.count).peak > 0.01)
  }

  /// The last bit of a converter, after speech: never louder than it came, no ticks.
  @Test(arguments: Listener.names)
  func theLastBitIsNotRaised(name: String) throws {
    let dither = SteadyNoise.dither(12_000, seed: 3)
    let listener = try Listener(name)
    let output = Array(listener.denoise(Self.speech + dither).suffix(dither.count))
    let measure = Faults(output, over: dither)
    listener.tell("dither: loudest piece \(tenths(measure.loudest)) dB over the input")
    #expect(measure.loudest < 0.5 && !measure.ticks)
  }

  @Test func aTickIsHeard() {
    let dither = SteadyNoise.dither(12_000, seed: 3)
    #expect(!Faults(dither, over: dither).ticks)
    var ticking = dither.times(0.1)
    ticking[9000] = 3.0 / 32768
    #expect(Faults(ticking, over: dither).ticks)
    #expect(Faults(dither.times(1.2), over: dither).loudest > 0.5)
  }

  private struct Faults {
    /// The loudest 32 ms against the same of the input, in dB, from 0.1 s on; half a dB would be the
    /// windows' edges.
    let loudest: Double
    /// A sample larger, or a corner sharper, than any of the input.
    let ticks: Bool

    init(_ output: [Float], over input: [Float]) {
      loudest =
        stride(from: 1600, through: input.count - 512, by: 512).map {
          decibels(output[$0..<$0 + 512].energy, over: input[$0..<$0 + 512].energy)
        }.max() ?? 0
      ticks =
        output.dropFirst(1600).peak > input.peak
        || Self.corner(output.dropFirst(1600)) > Self.corner(input[...])
    }

    /// The greatest second difference.
    private static func corner(_ samples: ArraySlice<Float>) -> Float {
      samples.indices.dropFirst(2).map {
        abs(samples[$0] - 2 * samples[$0 - 1] + samples[$0 - 2])
      }.max() ?? 0
    }
  }
}
