import Pipeline
import Synchronization

/// Stands where the pipeline will: waits for its devices, for ever.
final class StandInEngine: LiveEngine {
  private let settings: Mutex<Settings>
  private let rounds = Atomic<UInt64>(0)

  init(_ settings: Settings) { self.settings = Mutex(settings) }

  func start() throws {}
  func stop() {}

  func apply(_ new: Settings) -> [String] {
    settings.withLock { $0 = new }
    return []
  }

  var isFinished: Bool { false }

  func status() -> EngineStatus {
    let round = rounds.add(1, ordering: .relaxed).newValue
    return EngineStatus(
      capture: .init(.waiting, "no pipeline yet"), output: .init(.waiting, "no pipeline yet"),
      rounds: round)
  }
}
