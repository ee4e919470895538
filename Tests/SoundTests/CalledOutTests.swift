import Testing

/// Who calls out is heard: harmonics 400 Hz apart and more are a voice, no siren and no string.
///
/// The clip is calm speech whose pitch alone was raised by an octave, over a room's noise 30 dB down.
@Suite struct CalledOutTests {
  /// Of every piece of 50 ms within 15 dB of the loudest; 40 dB are gone for good.
  private static func losses(_ output: [Float], clean: [Float]) -> [Double] {
    let pieces = stride(from: 0, through: clean.count - 800, by: 800).map { $0..<$0 + 800 }
    let loudest = pieces.map { clean[$0].energy }.max() ?? 0
    return pieces.filter { clean[$0].energy > loudest * 0.03 }
      .map { projectionLoss(of: clean, in: output, $0, most: 40) }
  }

  /// 3 dB less is a little softer and still itself; one piece in ten may lose more, as creaks do.
  private static func holds(_ losses: [Double]) -> Bool { losses.quantile(0.9) < 3 }

  @Test(arguments: Listener.names)
  func highVoicesAreKept(name: String) throws {
    let (speech, listener) = (Speech.calledOut.samples, try Listener(name))
    let noise = SteadyNoise.samples(speech.count, level: Speech.level * amplitude(-30), seed: 7)
    let losses = Self.losses(listener.denoise(speech.plus(noise)), clean: speech)
    let told =
      "\(losses.count) pieces, median \(tenths(losses.quantile(0.5))), 90 % under "
      + "\(tenths(losses.quantile(0.9))), worst \(tenths(losses.max() ?? 0)) dB"
    listener.tell("called out: \(told)")
    #expect(losses.count >= 20)
    #expect(Self.holds(losses), "\(told)")
  }

  /// The measure hears a fifth of the voice 6 dB down, and lets all of it 2 dB down pass.
  @Test func whatIsTakenAwayIsHeard() {
    let speech = Speech.calledOut.samples
    #expect(Self.holds(Self.losses(speech.times(amplitude(-2)), clean: speech)))
    var cut = speech
    for n in cut.indices where n / 800 % 5 == 0 { cut[n] *= amplitude(-6) }
    #expect(!Self.holds(Self.losses(cut, clean: speech)))
  }
}
