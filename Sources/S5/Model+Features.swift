extension Model.FrontEnd {
  /// What the features of a hop are: sets of numbers, one behind the other in this order.
  ///
  /// A level is the log power of a bin, or of a band of them.
  public struct Features: OptionSet, Hashable, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Each level less its own running mean. All models have it.
    public static let logMean = Self(rawValue: 1)
    /// Each level less one running mean for all.
    public static let logLevel = Self(rawValue: 2)
    /// Each level less the noise under it: a smoothed level, followed slowly up and fast down.
    public static let logFloor = Self(rawValue: 4)
    /// Each level less its running mean over some 50 ms.
    public static let logShort = Self(rawValue: 8)
    /// How far the phase of each of the lowest bins turned since the last hop beyond what its centre
    /// frequency turns: the cosines, then the sines.
    public static let phase = Self(rawValue: 16)

    /// Each set's name in files, in the order of the sets.
    static let names: [(set: Self, name: String)] = [
      (.logMean, "log-mean"), (.logLevel, "log-level"), (.logFloor, "log-floor"),
      (.logShort, "log-short"), (.phase, "phase"),
    ]

    /// The sets of a file's text: names joined by +, in order, `log-mean` among them; nil for any
    /// other.
    init?(text: String) {
      let sets = Self.names.filter { text.split(separator: "+").contains(Substring($0.name)) }
      self = Self(sets.map(\.set))
      // The order, and that there is nothing else, shows in the text.
      guard contains(.logMean), self.text == text else { return nil }
    }

    /// The names joined by +.
    public var text: String {
      Self.names.filter { contains($0.set) }.map(\.name).joined(separator: "+")
    }

    /// How many numbers they are.
    ///
    /// - Parameters:
    ///   - levels: bins or bands.
    ///   - fine: bins that `.phase` is for.
    public func count(levels: Int, fine: Int) -> Int {
      let sets = Self.names.count { $0.set != .phase && contains($0.set) }
      return sets * levels + (contains(.phase) ? 2 * fine : 0)
    }
  }
}
