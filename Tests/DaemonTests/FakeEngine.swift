import Pipeline
import Synchronization

@testable import hushd

/// An engine that is what the test says, and keeps what it was told.
final class FakeEngine: LiveEngine {
  struct State {
    var status = EngineStatus(capture: .init(.waiting, "hw:1"), output: .init(.running, "hw:2"))
    var applied: [Settings] = []
    var refused: [String] = []
    var started = 0
    var stopped = 0
    var finished = false
    var failure: Failure?
  }
  let state = Mutex(State())
  /// `stop()` does not return before this is open.
  let gate: Gate?

  init(gate: Gate? = nil) { self.gate = gate }

  func start() throws {
    let failure = state.withLock { state in
      state.started += 1
      return state.failure
    }
    if let failure { throw failure }
  }

  func stop() {
    gate?.wait()
    state.withLock { $0.stopped += 1 }
  }

  func apply(_ settings: Settings) -> [String] {
    state.withLock { state in
      state.applied.append(settings)
      return state.refused
    }
  }

  var isFinished: Bool { state.withLock { $0.finished } }

  func details() -> String { "hops=\(state.withLock { $0.status.hops })" }

  func status() -> EngineStatus { state.withLock { $0.status } }

  func change(_ body: @Sendable (inout EngineStatus) -> Void) {
    state.withLock { body(&$0.status) }
  }
}
