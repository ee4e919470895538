import Configuration
import Glibc
import Logging
import Pipeline
import Realtime
import Synchronization
import Telemetry

/// The pipeline as the daemon's engine: what it notes goes into the log and to telemetry.
final class PipelineEngine: LiveEngine {
  private let settings: Settings
  private let control: DaemonSettings.Control
  private let output: LogOutput
  private let pipeline = Mutex<Pipeline?>(nil)
  private let telemetry = Mutex<TelemetryServer?>(nil)
  private let told = Mutex<Set<String>>([])

  init(_ settings: Settings, control: DaemonSettings.Control, output: LogOutput) {
    self.settings = settings
    self.control = control
    self.output = output
  }

  func start() throws {
    let output = output
    let feed = control.socket.map { _ in EventFeed() }
    do {
      let made = try Pipeline(settings) { event in
        feed?.post(event)
        guard let (level, line) = EventText.line(event), level >= output.level else { return }
        output.write(level, line)
      }
      pipeline.withLock { $0 = made }
      try made.start()
      if let feed { serve(made, feed) }
    } catch {
      throw Failure(error)
    }
  }

  /// Sound does not depend on it: what is wrong with the socket is told, and all goes on.
  private func serve(_ pipeline: Pipeline, _ feed: EventFeed) {
    guard let path = control.socket else { return }
    let server = TelemetryServer(
      Endpoint(path: path, mode: control.mode, group: control.group), pipeline: pipeline,
      feed: feed, version: Hushd.version)
    do {
      try server.start()
      telemetry.withLock { $0 = server }
    } catch {
      output.write(.warning, "no telemetry and no live control: \(error)")
    }
  }

  func stop() {
    pipeline.withLock { $0 }?.stop()
    telemetry.withLock { $0 }?.stop()
  }

  func apply(_ settings: Settings) -> [String] {
    pipeline.withLock { $0 }?.apply(settings) ?? []
  }

  var isFinished: Bool { pipeline.withLock { $0 }?.status().isFinished ?? false }

  func status() -> EngineStatus {
    guard let pipeline = pipeline.withLock({ $0 }) else {
      return EngineStatus(capture: .init(.waiting, ""), output: .init(.waiting, ""))
    }
    tellWarnings(pipeline.status().warnings)
    return pipeline.engineStatus()
  }

  func details() -> String { pipeline.withLock { $0 }?.details() ?? "" }

  /// What the machine does not grant is told once, not with every tick.
  private func tellWarnings(_ warnings: [String]) {
    for warning in warnings where told.withLock({ $0.insert(warning).inserted }) {
      output.write(.warning, warning)
    }
  }
}

extension Failure {
  init(_ error: PipelineError) {
    let status: ExitStatus =
      switch error.kind {
      case .badData: .badData
      case .noInput: .noInput
      case .system: .internalFault
      }
    self.init(status, error.description)
  }
}

/// What the log says of an event.
enum EventText {
  /// nil: the log tells it otherwise, or not at all.
  static func line(_ event: Event) -> (Logger.Level, String)? {
    switch event.kind {
    case .state, .lost: nil
    case .xrun:
      event.side == .capture
        ? (.warning, "capture: xrun, sound was lost (the device's buffer ran over)")
        : (.warning, "output: xrun, a gap was heard (the device's buffer ran dry)")
    case .suspended: (.notice, "\(event.side.name): the machine slept; going on")
    case .stalled:
      (.warning, "\(event.side.name): the device stood still for \(event.value) ms; started anew")
    case .deadlineMissed: (.debug, "a hop was \(event.value) us late")
    case .fallback: (.debug, "a hop had to do without the network")
    case .dropped: (.info, "\(event.side.name): \(event.value) stale frames left out")
    case .concealed: (.info, "\(event.side.name): \(event.value) missing frames made up")
    case .ladder:
      event.value == 0
        ? (.notice, "back to the model asked for")
        : (.warning, "too many late hops: down to rung \(event.value) of the ladder")
    case .modelChanged: (.notice, "the new model is heard")
    case .sourceEnded: nil
    }
  }
}
