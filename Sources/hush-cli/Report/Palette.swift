/// Colours of a spectrogram from silence to loud: dark violet, red, yellow, white. Lightness grows
/// evenly, so it also reads in grey.
enum Palette {
  private static let stops: [(Double, Double, Double)] = [
    (4, 4, 18), (43, 12, 84), (112, 24, 110), (176, 44, 92), (228, 85, 52), (250, 160, 32),
    (248, 224, 100), (255, 252, 228),
  ]

  static let colours: [(UInt8, UInt8, UInt8)] = (0..<64).map { step in
    let place = Double(step) / 63 * Double(stops.count - 1)
    let left = min(stops.count - 2, Int(place))
    let share = place - Double(left)
    let a = stops[left]
    let b = stops[left + 1]
    func mix(_ a: Double, _ b: Double) -> UInt8 { UInt8(a + (b - a) * share + 0.5) }
    return (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
  }
}
