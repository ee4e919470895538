import Synchronization

/// Something that happens once, and that several threads look out for.
final class Flag: Sendable {
  private let word = Atomic(false)

  var value: Bool { word.load(ordering: .acquiring) }

  func raise() { word.store(true, ordering: .releasing) }
}
