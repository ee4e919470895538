/// Which sample rates to try, and in which order.
enum RateChoice {
  /// 48 kHz is what most devices run at inside; below 16 kHz speech loses its upper half.
  static let order = [
    48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 96_000, 88_200, 192_000, 176_400, 11_025,
    8000,
  ]

  /// Those that another device has, the best first.
  static func best(of rates: [Int]) -> [Int] { order.filter { rates.contains($0) } }

  /// The nearest first, the higher of two.
  static func near(_ rate: Int) -> [Int] {
    order.sorted { (abs($0 - rate), -$0) < (abs($1 - rate), -$1) }
  }
}
