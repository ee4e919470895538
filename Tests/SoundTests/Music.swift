import Glibc

/// Notes of eight partials, over a room's noise 40 dB under them.
enum Music: String, CaseIterable {
  /// A major, held like an organ's.
  case chord
  /// Its notes plucked, four a second, each gone in half a second.
  case arpeggio

  static let seconds = 5.0

  var samples: [Float] {
    let count = Int(Music.seconds * 16_000)
    var samples = [Float](repeating: 0, count: count)
    let notes: [Float] = [220, 277.18, 329.63, 440]
    switch self {
    case .chord:
      for note in notes.prefix(3) { Music.add(note, from: 0, decay: 0, rise: 0.05, to: &samples) }
    case .arpeggio:
      for (index, start) in stride(from: 0, to: count, by: 4000).enumerated() {
        Music.add(notes[index % 4], from: start, decay: 1 / 0.2, rise: 0.005, to: &samples)
      }
    }
    return samples.atLevel(Speech.level)
      .plus(SteadyNoise.samples(count, level: Speech.level * amplitude(-40), seed: 9))
  }

  /// - Parameter decay: of the amplitude, nepers a second.
  private static func add(
    _ note: Float, from start: Int, decay: Float, rise: Float, to samples: inout [Float]
  ) {
    let end = decay > 0 ? min(start + 16_000, samples.count) : samples.count
    for partial in 1...8 {
      // A rotation by multiplication: no sine for each sample.
      let angle = 2 * Float.pi * note * Float(partial) / 16_000
      let (c, s) = (cos(angle), sin(angle))
      let fading = exp(-decay / 16_000)
      var (x, y): (Float, Float) = (1 / Float(partial), 0)
      for n in start..<end {
        samples[n] += y * min(Float(n - start) / (rise * 16_000), 1)
        (x, y) = ((x * c - y * s) * fading, (x * s + y * c) * fading)
      }
    }
  }
}
