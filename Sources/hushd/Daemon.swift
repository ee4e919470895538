import Configuration
import Dispatch
import Logging
import Pipeline
import Realtime

/// The main loop: starts the engine, tells the service manager how it is, reloads, and stops.
actor Daemon {
  private let engine: any LiveEngine
  private var configuration: Configuration
  private let reload: @Sendable () throws -> Configuration
  private let notifier: any Notifying
  private var watchdog: Watchdog?
  private let output: LogOutput
  private let logger: Logger

  private nonisolated let events: AsyncStream<DaemonEvent>
  private nonisolated let continuation: AsyncStream<DaemonEvent>.Continuation

  private var isReady = false
  private var isStopping = false
  private var told: (text: String, time: UInt64)?
  private var states: (capture: EngineStatus.SideStatus, output: EngineStatus.SideStatus)?

  /// `reload` reads the configuration anew, and throws what is wrong with it.
  init(
    engine: any LiveEngine, configuration: Configuration,
    reload: @escaping @Sendable () throws -> Configuration, notifier: any Notifying,
    watchdog: Watchdog?, output: LogOutput
  ) {
    self.engine = engine
    self.configuration = configuration
    self.reload = reload
    self.notifier = notifier
    self.watchdog = watchdog
    self.output = output
    logger = Logger(label: "hushd") { _ in DaemonLogHandler(output) }
    (events, continuation) = AsyncStream.makeStream()
  }

  /// Wakes the loop; from any thread.
  nonisolated func post(_ event: DaemonEvent) { continuation.yield(event) }

  /// Runs until it is told to stop, or the source ends.
  func run() async -> ExitStatus {
    if let failed = start() { return failed }
    for await event in events {
      if let status = handle(event) { return status }
    }
    return .internalFault
  }

  /// nil, or why there is no start.
  func start() -> ExitStatus? {
    output.level = Logger.Level(configuration.settings.logLevel)
    logger.notice("starting with \(configuration.path ?? "the defaults, no configuration file")")
    for remark in configuration.remarks { logger.warning("\(remark)") }
    do {
      try engine.start()
      return nil
    } catch {
      let failure = Failure(any: error)
      logger.error("\(failure.line)")
      notifier.send([.status(failure.line)])
      return failure.status
    }
  }

  /// nil, or the end.
  func handle(_ event: DaemonEvent) -> ExitStatus? {
    switch event {
    case .tick(let now): tick(now)
    case .reload: takeOver()
    case .report:
      let status = engine.status()
      output.answer("status: \(status.summary); \(status.hops) hops")
      if output.level <= .debug { output.answer("figures: \(engine.details())") }
    case .stop(let reason):
      if isStopping {
        logger.warning("\(reason) again: ending before all is finished")
        return .cutShort
      }
      stop("\(reason): fading out and finishing files")
    case .stopped:
      logger.notice("stopped")
      return .ok
    }
    return nil
  }

  private func tick(_ now: UInt64) {
    output.tellHeld(now: now)
    if isStopping { return }
    let status = engine.status()
    logChanges(status)
    if !isReady {
      isReady = true
      notifier.send([.ready, .status(status.summary)])
      told = (status.summary, now)
    }
    tell(status, now)
    if watchdog?.mayFeed(status, now: now) == true { notifier.send([.watchdog]) }
    if engine.isFinished { stop("the source has come to its end") }
  }

  /// Figures change all the time; they are told every 5 s, a new state at once.
  private func tell(_ status: EngineStatus, _ now: UInt64) {
    let isNewState = states.map { $0 != (status.capture, status.output) } ?? true
    states = (status.capture, status.output)
    let text = status.summary
    guard let last = told, text != last.text else { return }
    guard isNewState || elapsed(since: last.time, now) >= 5_000_000_000 else { return }
    notifier.send([.status(text)])
    told = (text, now)
  }

  private func logChanges(_ status: EngineStatus) {
    for (name, old, new) in [
      ("capture", states?.capture, status.capture), ("output", states?.output, status.output),
    ] where old != new {
      switch new.state {
      case .waiting, .recovering: logger.warning("\(name) \(StatusText.words(new))")
      case .starting: logger.debug("\(name) \(StatusText.words(new))")
      case .running, .stopped: logger.info("\(name) \(StatusText.words(new))")
      }
    }
  }

  private func stop(_ why: String) {
    isStopping = true
    logger.notice("\(why)")
    notifier.send([.stopping, .status(why)])
    let engine = engine
    let continuation = continuation
    // Elsewhere, so that a second signal is still heard.
    DispatchQueue.global().async {
      engine.stop()
      continuation.yield(.stopped)
    }
  }

  private func takeOver() {
    if isStopping { return }
    notifier.send([.reloading(monotonic: MonotonicClock.now())])
    do {
      let new = try reload()
      let difference = Difference(from: configuration, to: new)
      let adopted = try configuration.adopting(new)
      let refused = difference.live.isEmpty ? [] : engine.apply(adopted.settings.settings)
      output.level = Logger.Level(adopted.settings.logLevel)
      configuration = adopted
      logger.notice("\(Daemon.words(difference, refused, adopted))")
      for remark in new.remarks { logger.warning("\(remark)") }
    } catch {
      logger.error("nothing was reloaded, all goes on as before: \(Failure(any: error).line)")
    }
    let text = engine.status().summary
    notifier.send([.ready, .status(text)])
  }

  private static func words(
    _ difference: Difference, _ refused: [String], _ adopted: Configuration
  ) -> String {
    let file = adopted.path ?? "the defaults, no configuration file"
    let taken = Key.all.filter { difference.live.contains($0.name) && !refused.contains($0.name) }
      .map { "\($0.name) is \($0.written(adopted.value($0)))" }
    var parts: [String] = []
    if !taken.isEmpty { parts.append(taken.joined(separator: ", ")) }
    let restart = difference.needsRestart + refused
    if !restart.isEmpty { parts.append("needs a restart: \(restart.joined(separator: ", "))") }
    if parts.isEmpty { parts = ["nothing changed"] }
    return "reloaded \(file): " + parts.joined(separator: "; ")
  }
}
