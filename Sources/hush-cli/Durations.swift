/// How long something took, many times over: counted in steps of a thirty-second of a doubling,
/// so that memory does not grow with the time measured.
struct Durations {
  /// Steps to a doubling.
  private static let fineness = 32
  private var counts = [Int](repeating: 0, count: 40 * fineness)
  private(set) var count = 0
  /// Seconds.
  private(set) var most = 0.0

  mutating func add(_ seconds: Double) {
    most = max(most, seconds)
    count += 1
    counts[Self.place(of: seconds)] += 1
  }

  var median: Double { quantile(0.5) }
  /// The 99th percentile.
  var high: Double { quantile(0.99) }

  /// At most a fortieth from the truth.
  func quantile(_ share: Double) -> Double {
    guard count > 0 else { return 0 }
    let wanted = Int((share * Double(count)).rounded(.up))
    var below = 0
    for (place, number) in counts.enumerated() {
      below += number
      if below >= max(wanted, 1) { return min(Self.middle(of: place), most) }
    }
    return most
  }

  /// From a nanosecond on; linear within a doubling.
  private static func place(of seconds: Double) -> Int {
    let nanoseconds = max(seconds * 1e9, 1)
    let octave = Int(nanoseconds.exponent)
    let place = octave * fineness + Int((nanoseconds.significand - 1) * Double(fineness))
    return min(place, 40 * fineness - 1)
  }

  private static func middle(of place: Int) -> Double {
    let (octave, part) = place.quotientAndRemainder(dividingBy: fineness)
    let significand = 1 + (Double(part) + 0.5) / Double(fineness)
    return Double(sign: .plus, exponent: octave, significand: significand) * 1e-9
  }
}
