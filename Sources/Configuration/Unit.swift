/// What a plain number means, and which other units may be written behind one.
public struct Unit: Sendable, Equatable {
  /// The unit of a number without one; empty for a count.
  public let name: String
  /// What a unit is worth in the plain one.
  let factors: [(name: String, factor: Double)]

  public static func == (one: Unit, other: Unit) -> Bool { one.name == other.name }

  static let none = Unit(name: "", factors: [])
  static let frames = Unit(name: "frames", factors: [("frames", 1)])
  static let hertz = Unit(name: "Hz", factors: [("Hz", 1), ("kHz", 1000)])
  static let decibels = Unit(name: "dB", factors: [("dB", 1)])
  static let milliseconds = Unit(
    name: "ms", factors: [("us", 1e-3), ("ms", 1), ("s", 1000)])
  static let seconds = Unit(
    name: "s",
    factors: [("ms", 1e-3), ("s", 1), ("min", 60), ("h", 3600), ("d", 86_400)])
  static let megabytes = Unit(
    name: "MB", factors: [("kB", 1e-3), ("MB", 1), ("GB", 1000)])

  /// A number as it is written in a configuration: `35 ms`, `70`.
  func written(_ number: Double, spaced: Bool = true) -> String {
    let text = plain(number)
    return name.isEmpty ? text : text + (spaced ? " " : "") + name
  }
}

/// A number without a needless fraction.
func plain(_ number: Double) -> String {
  number == number.rounded() && number.magnitude < 1e15 ? String(Int64(number)) : "\(number)"
}
