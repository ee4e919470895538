import S5
import Testing

/// Onsets of s, p and t and the ends of words are kept.
@Suite struct EdgeTests {
  /// - Parameter decibels: the speech above the noise; nil: none.
  private static func noise(_ speech: Speech, _ decibels: Double?, seed: UInt64) -> [Float]? {
    decibels.map {
      SteadyNoise.samples(speech.samples.count, level: Speech.level * amplitude(-$0), seed: seed)
    }
  }

  @Test(arguments: Listener.names)
  func edgesAreKept(name: String) throws {
    let listener = try Listener(name)
    // Who holds without noise and with much of it holds between: shown of one model.
    let between: [Double?] = name == Model.standardName ? [25] : []
    for decibels in [nil, 15] + between {
      var losses: [Band: EdgeLoss] = [:]
      for (index, speech) in Speech.all.enumerated() {
        let noise = Self.noise(speech, decibels, seed: UInt64(index + 1))
        let output = listener.denoise(noise.map { speech.samples.plus($0) } ?? speech.samples)
        for band in Band.allCases {
          let own = EdgeLoss(output, clean: speech.samples, noise: noise, band)
          losses[band, default: EdgeLoss()] += own
          listener.tell(
            "\(speech.name), noise \(decibels ?? .infinity) dB down, \(band.rawValue): onsets "
              + "\(EdgeLoss.describe(own.onsets)); ends \(EdgeLoss.describe(own.ends))")
        }
      }
      for (band, loss) in losses {
        let place = "noise \(decibels ?? .infinity) dB down, \(band.rawValue)"
        listener.tell(
          "all, \(place): onsets \(EdgeLoss.describe(loss.onsets)); ends "
            + EdgeLoss.describe(loss.ends))
        // So few would prove nothing.
        #expect(loss.onsets.count >= 8 && loss.ends.count >= 6, "\(place)")
        #expect(EdgeLoss.holds(loss.onsets), "onsets, \(place): \(EdgeLoss.describe(loss.onsets))")
        #expect(EdgeLoss.holds(loss.ends), "ends, \(place): \(EdgeLoss.describe(loss.ends))")
      }
    }
  }

  /// The measure hears a gate that opens 10 ms late, noise or none, and one that closes 30 ms early.
  @Test(arguments: [nil, 25, 15] as [Double?])
  func aGateIsHeard(decibels: Double?) {
    for band in Band.allCases {
      var (untouched, gated) = (EdgeLoss(), EdgeLoss())
      for (index, speech) in Speech.all.enumerated() {
        let noise = Self.noise(speech, decibels, seed: UInt64(index + 1))
        let clean = speech.samples
        let edges = WordEdges(band.of(clean), noise: noise.map(band.of))
        var output = noise.map { clean.plus($0) } ?? clean
        untouched += EdgeLoss(output, clean: clean, noise: noise, band)
        for start in edges.onsets { output.replaceSubrange(start..<start + 160, with: Self.shut) }
        for end in edges.ends {
          output.replaceSubrange(end - 480..<end, with: Self.shut + Self.shut + Self.shut)
        }
        gated += EdgeLoss(output, clean: clean, noise: noise, band)
      }
      #expect(EdgeLoss.holds(untouched.onsets) && EdgeLoss.holds(untouched.ends))
      #expect(!EdgeLoss.holds(gated.onsets), "\(band): \(EdgeLoss.describe(gated.onsets))")
      #expect(!EdgeLoss.holds(gated.ends), "\(band): \(EdgeLoss.describe(gated.ends))")
    }
  }

  private static let shut = [Float](repeating: 0, count: 160)
}
