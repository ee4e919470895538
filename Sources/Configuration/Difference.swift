/// What is different between two configurations, by the names of the keys.
public struct Difference: Equatable, Sendable {
  /// Changed, and can be taken over at once.
  public let live: [String]
  /// Changed, and takes a restart.
  public let needsRestart: [String]

  public init(from old: Configuration, to new: Configuration) {
    let changed = Key.all.filter { old.value($0) != new.value($0) }
    live = changed.filter(\.isLive).map(\.name)
    needsRestart = changed.filter { !$0.isLive }.map(\.name)
  }

  public var isEmpty: Bool { live.isEmpty && needsRestart.isEmpty }
}
