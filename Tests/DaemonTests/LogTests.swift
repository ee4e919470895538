import Foundation
import Logging
import Testing

@testable import hushd

@Suite struct LogTests {
  private static let second: UInt64 = 1_000_000_000

  @Test func journalIsToldByDeviceAndInode() throws {
    let path = NSTemporaryDirectory() + "hushd-log-\(UUID().uuidString)"
    let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
    try #require(descriptor >= 0)
    defer {
      close(descriptor)
      unlink(path)
    }
    var information = stat()
    fstat(descriptor, &information)
    let stream = "\(information.st_dev):\(information.st_ino)"
    #expect(LogStyle(descriptor, environment: ["JOURNAL_STREAM": stream]) == .journal)
    // Inherited from a service that has sent its output elsewhere.
    #expect(LogStyle(descriptor, environment: ["JOURNAL_STREAM": "1:2"]) == .plain)
    #expect(LogStyle(descriptor, environment: [:]) == .plain)
  }

  @Test func terminal() throws {
    let window = try PseudoTerminal()
    let side = open(window.name, O_RDWR | O_NOCTTY)
    try #require(side >= 0)
    defer { close(side) }
    #expect(LogStyle(side, environment: ["TERM": "xterm"]) == .terminal(colour: true))
    #expect(LogStyle(side, environment: ["NO_COLOR": "1"]) == .terminal(colour: false))
    #expect(LogStyle(side, environment: ["TERM": "dumb"]) == .terminal(colour: false))
  }

  @Test(arguments: zip(Logger.Level.allCases, [7, 7, 6, 5, 4, 3, 2]))
  func syslogLevels(_ level: Logger.Level, _ number: Int) {
    #expect(LogStyle.journal.line(level, "a") == "<\(number)>a")
  }

  @Test func alwaysOneLine() {
    #expect(LogStyle.journal.line(.info, "a\n<0>b\u{1B}[2J") == "<6>a?<0>b?[2J")
    #expect(
      LogStyle.plain.line(.warning, "a").wholeMatch(
        of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} warning a/) != nil)
    #expect(!LogStyle.terminal(colour: false).line(.error, "a").contains("\u{1B}"))
    #expect(LogStyle.terminal(colour: true).line(.error, "a").contains("\u{1B}[31merror"))
  }

  @Test func levelAndMetadata() {
    let spy = Spy()
    let output = LogOutput(style: .journal) { spy.log($0) }
    var logger = Logger(label: "t") { _ in DaemonLogHandler(output) }
    logger.debug("hidden")
    output.level = .debug
    logger.debug("shown", metadata: ["b": "2", "a": "1"])
    logger.logLevel = .error
    logger.warning("hidden by its own level")
    #expect(spy.lines() == ["<7>shown a=1 b=2"])
  }

  @Test func repeatedLinesAreHeldBackAndCounted() {
    let spy = Spy()
    let output = LogOutput(style: .journal) { spy.log($0) }
    for i in 0..<100 { output.write(.warning, "xrun \(i) on capture", now: UInt64(i)) }
    output.write(.warning, "another matter", now: 100)
    #expect(
      spy.lines()
        == (0..<5).map { "<4>xrun \($0) on capture" } + ["<4>another matter"])
    output.tellHeld(now: 59 * LogTests.second)
    #expect(spy.lines().isEmpty)
    output.tellHeld(now: 61 * LogTests.second)
    #expect(spy.lines() == ["<5>held back 95 lines like: xrun 0 on capture"])
    // Then it is shown again.
    output.write(.warning, "xrun 7 on capture", now: 62 * LogTests.second)
    #expect(spy.lines() == ["<4>xrun 7 on capture"])
  }

  /// Clocks read on two threads may cross; memory has a bound.
  @Test func limitIsRobust() {
    var limit = RepeatLimit(burst: 1, window: 10, most: 8)
    let first = limit.judge("a", now: 100)
    #expect(first == .show)
    let second = limit.judge("a", now: 50)
    #expect(second == .hold)
    let early = limit.expired(now: 50)
    #expect(early.isEmpty)
    for i in 0..<1000 {
      let name = String(repeating: "x", count: i % 150) + "\(UnicodeScalar(97 + UInt8(i % 26)))"
      _ = limit.judge(name, now: UInt64(200 + i))
    }
    let late = limit.expired(now: 1_000_000)
    #expect(late.count <= 8)
  }
}
