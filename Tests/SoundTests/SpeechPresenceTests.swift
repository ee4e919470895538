import Testing

/// Models that tell whether somebody speaks are right about it.
@Suite struct SpeechPresenceTests {
  static let names = Listener.names.filter {
    (try? Listener.model($0))?.architecture.hasPresence == true
  }

  /// Of the hops with loud speech three quarters are known as such, and no more than a quarter of
  /// those with noise alone: a meter that is wrong more often is of no use, one that is right always
  /// there is not.
  @Test(arguments: names)
  func speechIsTold(name: String) throws {
    let listener = try Listener(name)
    for (index, speech) in Speech.all.enumerated() {
      let count = speech.samples.count
      // Two seconds of noise, then speech.
      let lead = 32_000
      let noise = SteadyNoise.samples(
        lead + count, level: Speech.level * amplitude(-15), seed: UInt64(index + 1))
      let hops = listener.presences(noise.plus(speech.samples, at: lead))
      let alone = hops.filter { (16_000...lead).contains($0.end) }.map(\.presence)
      // Within 10 dB of the clip's mean level.
      let loud = hops.filter { hop in
        let end = hop.end - lead
        guard end >= 512 else { return false }
        let energy = speech.samples[end - 512..<end].energy / 512
        return decibels(energy, over: Double(Speech.level * Speech.level)) > -10
      }.map(\.presence)
      let missed = Double(loud.count { $0 <= 0.5 }) / Double(loud.count)
      let wrong = Double(alone.count { $0 >= 0.5 }) / Double(alone.count)
      listener.tell("\(speech.name): presence missed \(missed), wrong \(wrong)")
      #expect(missed < 0.25 && wrong < 0.25, "\(speech.name): missed \(missed), wrong \(wrong)")
      #expect(loud.count > 100 && alone.count > 100)
    }
  }
}
