import Foundation
import Realtime
import Testing
import VirtualCardSupport

@testable import Pipeline
@testable import Telemetry

/// Clients that mean ill, while sound flows.
@Suite(.serialized, .takes) struct HostileTests {
  /// Ends what it started.
  private final class Attack {
    private var processes: [Process] = []

    init(_ path: String, processes: Int, connections: Int, seconds: Int) throws {
      for _ in 0..<processes {
        let process = Process()
        process.executableURL = Attack.program
        process.arguments = [path, "\(connections)", "\(seconds)"]
        try process.run()
        self.processes.append(process)
      }
    }

    deinit {
      for process in processes where process.isRunning {
        kill(process.processIdentifier, SIGKILL)
      }
      for process in processes { process.waitUntilExit() }
    }

    /// It lies beside the tests; the kernel knows where those were loaded from.
    private static let program: URL = {
      let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
      for line in maps.split(separator: "\n") where line.hasSuffix("PackageTests.xctest") {
        guard let start = line.firstIndex(of: "/") else { continue }
        return URL(fileURLWithPath: String(line[start...])).deletingLastPathComponent()
          .appendingPathComponent("hostile-client")
      }
      return URL(fileURLWithPath: ".build/debug/hostile-client")
    }()
  }

  /// A thousand connections of five processes, from a file and with a card.
  @Test(arguments: [false, true])
  func noHopIsLateNoMemoryIsTakenAndOthersAreServed(withCard: Bool) throws {
    let card = withCard ? VirtualCard(rate: 8000, sound: [0.1, -0.1]) : nil
    let stage = try Stage(card: card)
    #expect(stage.wait { stage.pipeline.status().output.state == .running })
    #expect(stage.waitForHops(60))
    _ = stage.ask("/metrics")
    let metrics = stage.pipeline.metrics
    let before = (
      hops: metrics.hops.value, late: metrics.deadlineMisses.value,
      xruns: metrics.capture.xruns.value + metrics.output.xruns.value,
      memory: Proc.residentBytes
    )
    let attack = try Attack(stage.path, processes: 5, connections: 200, seconds: 20)
    var codes: [Int] = []
    let begin = MonotonicClock.now()
    while MonotonicClock.now() - begin < 4_000_000_000 {
      codes.append(stage.ask("/metrics")?.status ?? 0)
      usleep(50_000)
    }
    let grown = Int64(Proc.residentBytes) - Int64(before.memory)
    let hops = metrics.hops.value - before.hops
    let late = metrics.deadlineMisses.value - before.late
    let xruns = metrics.capture.xruns.value + metrics.output.xruns.value - before.xruns
    withExtendedLifetime(attack) {}
    // However long a debug build on a busy machine takes: nobody else is turned away.
    #expect(!codes.isEmpty && codes.allSatisfy { $0 == 200 }, "\(codes)")
    #expect(hops >= 300)
    #expect(grown < 24 << 20, "\(grown) bytes")
    let page = PrometheusParser(try #require(stage.ask("/metrics")).body)
    #expect(try #require(page.value("hush_telemetry_refused_total")) > 100)
    // Without the priority to be on time, nobody can promise it.
    if stage.pipeline.status().threads.allSatisfy({ $0.policy == "FIFO" }) {
      #expect(late == 0)
      #expect(xruns == 0)
    }
  }

  @Test func aProcessGetsSoManyConnectionsAndNoMore() throws {
    var limits = Limits()
    limits.connectionsOfOne = 3
    let stage = try Stage(limits: limits)
    let held = (0..<3).compactMap { _ in Client(stage.path) }
    usleep(100_000)
    #expect(stage.ask("/status")?.status == 503)
    withExtendedLifetime(held) {}
  }

  @Test func theOldestIdleConnectionGoesWhereAllAreTaken() throws {
    var limits = Limits()
    limits.connections = 3
    let stage = try Stage(limits: limits)
    let held = (0..<3).compactMap { _ in Client(stage.path) }
    usleep(100_000)
    #expect(stage.ask("/status")?.status == 200)
    try #require(held.count == 3)
    #expect(held[0].read().isEmpty)
    held[2].send("GET /control HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    #expect(Client.answer(held[2].read())?.status == 200)
  }

  @Test func whoIsTooSlowIsCutOff() throws {
    var limits = Limits()
    limits.requestTime = 200_000_000
    limits.idleTime = 300_000_000
    let stage = try Stage(limits: limits)
    let half = try #require(Client(stage.path))
    half.send("GET /status HT")
    let silent = try #require(Client(stage.path))
    let begin = MonotonicClock.now()
    #expect(half.read().hasPrefix("HTTP/1.1 408"))
    #expect(silent.read().isEmpty)
    #expect(MonotonicClock.now() - begin < 2_000_000_000)
  }

  /// More events than the kernel and the server keep for a reader.
  private func flood(_ stage: Stage) {
    for _ in 0..<3 {
      for _ in 0..<1500 { stage.feed.post(Event(.xrun, .output)) }
      usleep(30_000)
    }
  }

  @Test func aReaderThatDoesNotReadLosesLinesAndThenItsPlace() throws {
    var limits = Limits()
    limits.stalledTime = 700_000_000
    limits.heartbeat = 100_000_000_000
    limits.eventBytes = 4096
    let stage = try Stage(limits: limits)
    let slow = try #require(Client(stage.path))
    slow.send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
    usleep(100_000)
    flood(stage)
    let other = try #require(Client(stage.path))
    other.send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
    _ = other.read { $0.contains("hello") }
    stage.feed.post(Event(.suspended, .output))
    #expect(other.read { $0.contains("suspended") }.contains("suspended"))
    usleep(1_000_000)
    stage.feed.post(Event(.suspended, .output))
    // What had been sent is there, and then the end: it has been cut off.
    let text = slow.read()
    #expect(text.contains("xrun"))
    #expect(!text.hasSuffix("0\r\n\r\n"))
    #expect(
      stage.ask("/metrics").map {
        PrometheusParser($0.body).value("hush_telemetry_skipped_lines_total") ?? 0
      } ?? 0 > 0)
  }

  @Test func aSlowReaderThatReadsAgainIsToldWhatItMissed() throws {
    var limits = Limits()
    limits.eventBytes = 4096
    let stage = try Stage(limits: limits)
    let slow = try #require(Client(stage.path))
    slow.send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
    usleep(100_000)
    flood(stage)
    let reading = Thread { [feed = stage.feed] in
      // Something to tell it with, once it has read.
      for _ in 0..<40 {
        usleep(50_000)
        feed.post(Event(.modelChanged, .output))
      }
    }
    reading.start()
    #expect(slow.read { $0.contains("skipped") }.contains("\"lines\":"))
  }
}
