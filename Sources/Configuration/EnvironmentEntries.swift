/// What the environment sets.
enum EnvironmentEntries {
  /// An empty variable counts as not set, as is usual.
  static func read(_ environment: [String: String]) throws(ConfigurationError) -> Entries {
    var entries: Entries = [:]
    for key in Key.all {
      guard let text = environment[key.variable], !text.isEmpty else { continue }
      entries[key.name] = try entry(key, trim(text), .environment(key.variable))
    }
    return entries
  }

  /// Remarks on variables that look as if they were meant for hushd. They are no errors: a
  /// container manager may set some of its own.
  static func remarks(_ environment: [String: String]) -> [String] {
    let known = Set(Key.all.map(\.variable))
    return environment.keys.sorted().filter { $0.hasPrefix("HUSHD_") && !known.contains($0) }.map {
      let near = nearest(to: $0, in: known.sorted()).map { "; did you mean \($0)?" } ?? ""
      return "\($0): is not a variable of hushd, and left alone\(near)"
    }
  }
}
