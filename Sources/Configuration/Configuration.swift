/// A configuration that holds together: what was said, and what follows from it.
public struct Configuration: Equatable, Sendable {
  /// What it says.
  public let settings: DaemonSettings
  /// The file it was read from; nil: none.
  public let path: String?
  /// Worth telling, and no mistakes.
  public let remarks: [String]
  let entries: Entries

  /// Where a file is looked for that nobody named.
  public static let usualPath = "/etc/hushd.yaml"

  /// Reads a file, or with `path` nil none at all, and lets the environment, then the command line
  /// override it.
  public init(
    path: String?, environment: [String: String] = [:], overrides: Overrides = Overrides()
  )
    throws(ConfigurationError)
  {
    let text: String? = if let path { try ConfigurationFile.text(path) } else { nil }
    try self.init(text: text, path: path, environment: environment, overrides: overrides)
  }

  /// The same for text that is at hand; `path` is for messages.
  init(
    text: String?, path: String?, environment: [String: String] = [:],
    overrides: Overrides = Overrides()
  ) throws(ConfigurationError) {
    var entries: Entries = [:]
    if let text { entries = try YAMLEntries.read(text, path: path ?? "-") }
    entries.merge(try EnvironmentEntries.read(environment)) { $1 }
    entries.merge(try overrides.entries()) { $1 }
    try self.init(
      entries: entries, path: path, remarks: EnvironmentEntries.remarks(environment))
  }

  private init(entries: Entries, path: String?, remarks: [String]) throws(ConfigurationError) {
    self.entries = entries
    self.path = path
    self.remarks = remarks
    settings = try Assembly(entries: entries).settings()
  }

  /// What `key` is set to, by whomever.
  public func value(_ key: Key) -> Value { entries[key.name]?.value ?? key.defaultValue }

  /// This configuration with what can change live taken over from another.
  public func adopting(_ other: Configuration) throws(ConfigurationError) -> Configuration {
    let kept = entries.filter { Key.named[$0.key]?.isLive == false }
    let taken = other.entries.filter { Key.named[$0.key]?.isLive == true }
    return try Configuration(
      entries: kept.merging(taken) { $1 }, path: other.path, remarks: other.remarks)
  }
}
