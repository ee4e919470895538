import Logging
import Pipeline
import Synchronization
import Testing

@testable import Configuration
@testable import hushd

/// The main loop, with a fake engine and a clock that the test moves.
@Suite struct DaemonLoopTests {
  private static let second: UInt64 = 1_000_000_000

  /// A daemon and all that is around it.
  private struct Stage {
    let engine: FakeEngine
    let spy = Spy()
    let daemon: Daemon

    init(_ text: String? = nil, watchdog: UInt64? = nil, gate: Gate? = nil) throws {
      let engine = FakeEngine(gate: gate)
      let spy = spy
      let box = Box()
      box.text.withLock { $0 = text }
      self.engine = engine
      self.box = box
      daemon = Daemon(
        engine: engine, configuration: try Configuration(text: text, path: "room.yaml"),
        reload: { try Configuration(text: box.text.withLock { $0 }, path: "room.yaml") },
        notifier: spy, watchdog: watchdog.map { Watchdog(limit: $0) },
        output: LogOutput(style: .journal) { spy.log($0) })
    }

    private let box: Box
    func write(_ text: String) { box.text.withLock { $0 = text } }
  }

  private final class Box: Sendable {
    let text = Mutex<String?>(nil)
  }

  @Test func readyOnceTheEngineRuns() async throws {
    let stage = try Stage()
    #expect(await stage.daemon.start() == nil)
    #expect(stage.spy.notes().isEmpty)
    #expect(await stage.daemon.handle(.tick(0)) == nil)
    #expect(
      stage.spy.notes() == [.ready, .status("capture waiting (hw:1), output running (hw:2)")])
    _ = await stage.daemon.handle(.tick(DaemonLoopTests.second))
    #expect(stage.spy.notes().isEmpty)
  }

  @Test func noStartIsOneLineAndACode() async throws {
    let stage = try Stage()
    stage.engine.state.withLock { $0.failure = Failure(.badData, "m: is no model; give another") }
    #expect(await stage.daemon.start() == .badData)
    #expect(stage.spy.lines().last == "<3>m: is no model; give another")
    #expect(stage.spy.notes() == [.status("m: is no model; give another")])
  }

  @Test func statusFollowsStatesAtOnceAndFiguresSlowly() async throws {
    let stage = try Stage()
    _ = await stage.daemon.start()
    _ = await stage.daemon.handle(.tick(0))
    _ = stage.spy.notes()
    _ = stage.spy.lines()

    stage.engine.change { $0.capture = .init(.running, "hw:1") }
    _ = await stage.daemon.handle(.tick(1))
    #expect(stage.spy.notes() == [.status("capture running (hw:1), output running (hw:2)")])
    #expect(stage.spy.lines() == ["<6>capture running (hw:1)"])

    stage.engine.change { $0.figures = "45.1 ms" }
    _ = await stage.daemon.handle(.tick(DaemonLoopTests.second))
    #expect(stage.spy.notes().isEmpty)
    _ = await stage.daemon.handle(.tick(6 * DaemonLoopTests.second))
    #expect(
      stage.spy.notes() == [.status("capture running (hw:1), output running (hw:2); 45.1 ms")])

    stage.engine.change { $0.output = .init(.recovering, "hw:2: no such device") }
    _ = await stage.daemon.handle(.tick(6 * DaemonLoopTests.second + 1))
    #expect(stage.spy.notes().count == 1)
    #expect(stage.spy.lines() == ["<4>output recovering (hw:2: no such device)"])
  }

  @Test func watchdogIsFedByMovingSoundOnly() async throws {
    let stage = try Stage(watchdog: 4 * DaemonLoopTests.second)
    stage.engine.change { $0.capture.state = .running }
    _ = await stage.daemon.start()
    _ = await stage.daemon.handle(.tick(10 * DaemonLoopTests.second))
    #expect(stage.spy.notes().contains(.watchdog))
    // Rounds alone are nothing while both sides say that they run.
    stage.engine.change { $0.rounds += 9 }
    _ = await stage.daemon.handle(.tick(12 * DaemonLoopTests.second))
    #expect(!stage.spy.notes().contains(.watchdog))
    stage.engine.change { $0.hops += 1 }
    _ = await stage.daemon.handle(.tick(13 * DaemonLoopTests.second))
    #expect(stage.spy.notes().contains(.watchdog))
  }

  @Test func brokenReloadKeepsTheOld() async throws {
    let stage = try Stage("denoise: {strength: 6}")
    _ = await stage.daemon.start()
    _ = await stage.daemon.handle(.tick(0))
    _ = stage.spy.notes()
    _ = stage.spy.lines()
    stage.write("denoise:\n  strength: 600\n")
    #expect(await stage.daemon.handle(.reload) == nil)
    #expect(
      stage.spy.lines() == [
        "<3>nothing was reloaded, all goes on as before: room.yaml:2: denoise.strength: 600 dB is "
          + "out of range; give 0 to 100 dB, or leave it out for all that can be removed"
      ])
    #expect(stage.engine.state.withLock { $0.applied.isEmpty })
    let notes = stage.spy.notes()
    guard case .reloading = notes.first else {
      Issue.record("no RELOADING=1: \(notes)")
      return
    }
    // Without READY=1 the manager would wait for the reload to end.
    #expect(notes.dropFirst().first == .ready)
  }

  @Test func reloadTakesOverWhatIsLive() async throws {
    let stage = try Stage("denoise: {strength: 6}\ncapture: {device: hw:1}")
    _ = await stage.daemon.start()
    _ = stage.spy.lines()
    stage.write(
      "denoise: {strength: 12, bypass: yes}\ncapture: {device: hw:9}\nlog: {level: debug}")
    _ = await stage.daemon.handle(.reload)
    #expect(
      stage.spy.lines() == [
        "<5>reloaded room.yaml: denoise.strength is 12dB, denoise.bypass is yes, log.level is "
          + "debug; needs a restart: capture.device"
      ])
    let applied = try #require(stage.engine.state.withLock { $0.applied.last })
    #expect(applied.denoise.strength == 12)
    #expect(applied.denoise.bypass)
    var device = Settings.Device()
    device.name = "hw:1"
    #expect(applied.capture.source == .device(device))

    // Told again as long as it stands, and gone when it is taken back.
    _ = await stage.daemon.handle(.reload)
    #expect(stage.spy.lines() == ["<5>reloaded room.yaml: needs a restart: capture.device"])
    stage.write(
      "denoise: {strength: 12, bypass: yes}\ncapture: {device: hw:1}\nlog: {level: debug}")
    _ = await stage.daemon.handle(.reload)
    #expect(stage.spy.lines() == ["<5>reloaded room.yaml: nothing changed"])
    #expect(stage.engine.state.withLock { $0.applied.count } == 1)
  }

  @Test func whatTheEngineRefusesNeedsARestart() async throws {
    let stage = try Stage()
    stage.engine.state.withLock { $0.refused = ["output.device"] }
    _ = await stage.daemon.start()
    _ = stage.spy.lines()
    stage.write("output: {device: hw:3}")
    _ = await stage.daemon.handle(.reload)
    #expect(stage.spy.lines() == ["<5>reloaded room.yaml: needs a restart: output.device"])
  }

  @Test func reportIsAlwaysShown() async throws {
    let stage = try Stage("log: {level: error}")
    _ = await stage.daemon.start()
    stage.engine.change { $0.hops = 125 }
    for _ in 1...20 { _ = await stage.daemon.handle(.report) }
    let lines = stage.spy.lines()
    #expect(lines.count == 20)
    #expect(
      lines.last == "<5>status: capture waiting (hw:1), output running (hw:2); 125 hops")
  }

  @Test func reportHasEveryFigureForTheCurious() async throws {
    let stage = try Stage("log: {level: debug}")
    _ = await stage.daemon.start()
    stage.engine.change { $0.hops = 125 }
    _ = await stage.daemon.handle(.report)
    #expect(stage.spy.lines().last == "<5>figures: hops=125")
  }

  @Test(.timeLimit(.minutes(1))) func stopFadesOutFirst() async throws {
    let gate = Gate()
    let stage = try Stage(gate: gate)
    let daemon = stage.daemon
    async let status = daemon.run()
    daemon.post(.tick(0))
    daemon.post(.stop("SIGTERM"))
    // A reload on the way out is nothing any more.
    daemon.post(.reload)
    gate.open()
    #expect(await status == .ok)
    #expect(stage.engine.state.withLock { $0.stopped } == 1)
    let notes = stage.spy.notes()
    #expect(notes.contains(.stopping))
    #expect(!notes.contains { if case .reloading = $0 { true } else { false } })
    #expect(stage.spy.lines().last == "<5>stopped")
  }

  @Test(.timeLimit(.minutes(1))) func secondSignalEndsAtOnce() async throws {
    let gate = Gate()
    let stage = try Stage(gate: gate)
    let daemon = stage.daemon
    async let status = daemon.run()
    daemon.post(.stop("SIGINT"))
    daemon.post(.stop("SIGINT"))
    #expect(await status == .cutShort)
    #expect(stage.engine.state.withLock { $0.stopped } == 0)
    gate.open()
  }

  @Test(.timeLimit(.minutes(1))) func endsWithTheSource() async throws {
    let stage = try Stage()
    stage.engine.state.withLock { $0.finished = true }
    let daemon = stage.daemon
    async let status = daemon.run()
    daemon.post(.tick(0))
    #expect(await status == .ok)
    #expect(stage.spy.notes().contains(.stopping))
    #expect(stage.engine.state.withLock { $0.stopped } == 1)
  }
}
