import Testing

/// Music may be taken for noise, and taken away; it does not pump. Notes of another pitch are another
/// noise to a network that knows speech, and one that pumps takes each away by another share.
///
/// The first 2 s do not count: the running mean of the features has a time of 1 s.
@Suite struct MusicTests {
  /// Fluctuations of 3 dB are heard where one waits for them; 10 dB is twice as loud and heard by all.
  private static func isSteady(_ track: GainTrack) -> Bool {
    track.flutter < 3 && track.swing < 10
  }

  @Test(arguments: Listener.names, Music.allCases)
  func musicDoesNotPump(name: String, music: Music) throws {
    let (input, listener) = (music.samples, try Listener(name))
    let track = GainTrack(listener.denoise(input), over: input, in: 2..<Music.seconds)
    listener.tell("\(music.rawValue): \(track.description)")
    #expect(Self.isSteady(track), "\(track.description)")
  }

  /// The measure hears a compressor that breathes twice a second by 10 dB, and lets an even loss pass.
  @Test(arguments: Music.allCases)
  func pumpingIsHeard(music: Music) {
    let input = music.samples
    let steady = GainTrack(input.times(amplitude(-12)), over: input, in: 2..<Music.seconds)
    #expect(Self.isSteady(steady), "\(steady.description)")
    var pumping = input
    for n in pumping.indices { pumping[n] *= amplitude(-12 * Double(n % 8000) / 8000) }
    let track = GainTrack(pumping, over: input, in: 2..<Music.seconds)
    #expect(!Self.isSteady(track), "\(track.description)")
  }
}
