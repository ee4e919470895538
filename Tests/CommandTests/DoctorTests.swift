import Foundation
import Realtime
import Testing

@testable import AudioIO
@testable import hush

/// Each check, with the machine as it should be and with the one thing wrong that it is for.
@Suite struct DoctorTests {
  private static func grant(_ policy: String, _ refusal: String? = nil) -> ThreadGrant {
    ThreadGrant(
      policy: policy, priority: policy == "FIFO" ? 70 : 0, cpus: [0], denormalsFlushed: true,
      threadID: 1, refusal: refusal)
  }

  private static func device(
    _ direction: PCMDirection, rates: [Int] = [44_100, 48_000], period: ClosedRange<Int> = 16...8192
  ) -> DoctorFacts.Device {
    DoctorFacts.Device(
      name: "hw:CARD=Good", direction: direction,
      found: .success(
        PCMCapabilities(
          device: "hw:CARD=Good", direction: direction, description: "", rates: rates,
          formats: [.s16], channels: 1...2, period: period, buffer: 32...32_768, isMappable: true)))
  }

  /// Nothing is wrong with it.
  private static func sound() -> DoctorFacts {
    DoctorFacts(
      daemon: .absent("no hushd is there"), thread: grant("FIFO"),
      memory: MemoryGrant(isLocked: true, lockedBytes: 1, limit: nil), realtimeRuntime: 950_000,
      realtimePeriod: 1_000_000, isGroupScheduled: false,
      processors: [
        DoctorFacts.Processor(governor: "performance", driver: "cpufreq-dt"),
        DoctorFacts.Processor(governor: "performance", driver: "cpufreq-dt"),
      ], hop: DoctorFacts.HopTime(median: 300, worst: 500, model: "small-1"),
      user: DoctorFacts.User(
        name: "pi", isRoot: false, groups: ["pi", "audio"], soundGroup: "audio", mayUseSound: true),
      devices: [device(.capture), device(.playback)],
      trial: .done(account()))
  }

  private static func account(xruns: UInt64 = 0, late: UInt64 = 0, hops: UInt64 = 625)
    -> DoctorFacts.Account
  {
    DoctorFacts.Account(
      seconds: 5, captureXruns: xruns, outputXruns: 0, late: late, hops: hops, isDaemon: false)
  }

  private static func running(_ change: (inout StatusFixture) -> Void = { _ in }) throws
    -> DoctorFacts.Daemon
  {
    var fixture = StatusFixture()
    change(&fixture)
    return .running(try LiveStatus(Array(fixture.json.utf8), from: "test"))
  }

  /// What is found of one check on a machine where all is well but for one thing.
  private func finding(_ check: String, _ change: (inout DoctorFacts) throws -> Void) throws
    -> Finding
  {
    var facts = Self.sound()
    try change(&facts)
    let found = Checks.findings(facts).filter { $0.check == check }
    return try #require(
      found.first { $0.verdict == .problem } ?? found.first { $0.verdict == .note } ?? found.first)
  }

  private func expectProblem(
    _ check: String, mend: String?, _ change: (inout DoctorFacts) throws -> Void
  ) throws {
    let finding = try finding(check, change)
    #expect(finding.verdict == .problem, "\(finding)")
    if let mend { #expect(finding.mend?.contains(mend) == true, "\(finding)") }
  }

  @Test func nothingInTheWay() throws {
    var facts = Self.sound()
    #expect(Checks.findings(facts).allSatisfy { $0.verdict != .problem })
    #expect(Checks.findings(facts).filter { $0.verdict == .note }.map(\.check) == ["daemon"])
    facts.daemon = try Self.running()
    #expect(Checks.findings(facts).allSatisfy { $0.verdict == .fine })
    #expect(DoctorCommand.text(Checks.findings(facts)).hasSuffix("Nothing is in the way."))
  }

  @Test func daemon() throws {
    #expect(try finding("daemon") { _ in }.mend?.contains("systemctl start hushd") == true)
    #expect(try finding("daemon") { $0.daemon = .closed("no") }.verdict == .note)
    try expectProblem("daemon", mend: "hush devices") {
      $0.daemon = try Self.running {
        $0.health = "waiting"
        $0.problems = ["capture waiting: there is no such device"]
      }
    }
  }

  @Test func realtime() throws {
    try expectProblem("realtime", mend: "rtprio") { $0.thread = Self.grant("OTHER", "refused") }
    // In a container root's limits are not what is missing.
    let root = try finding("realtime") {
      $0.thread = Self.grant("OTHER", "refused: add SYS_NICE")
      $0.user.isRoot = true
    }
    #expect(root.verdict == .problem && root.mend == nil && root.text.contains("SYS_NICE"))
    // What counts is what the daemon has, where there is one.
    let daemon = try finding("realtime") {
      $0.thread = Self.grant("OTHER", "refused")
      $0.daemon = try Self.running()
    }
    #expect(daemon.verdict == .fine)
    try expectProblem("realtime", mend: "systemctl edit hushd") {
      $0.daemon = try Self.running { $0.policy = "OTHER" }
    }
  }

  @Test func memory() throws {
    try expectProblem("memory", mend: "memlock") {
      $0.memory = MemoryGrant(
        isLocked: false, lockedBytes: 0, limit: 65_536, refusal: "memory is not locked")
    }
    try expectProblem("memory", mend: "LimitMEMLOCK") {
      $0.daemon = try Self.running { $0.isLocked = false }
    }
  }

  @Test(arguments: [(950_000, false), (-1, false), (500_000, false), (0, true), (100_000, true)])
  func throttling(runtime: Int, isProblem: Bool) throws {
    let finding = try finding("throttling") { $0.realtimeRuntime = runtime }
    #expect(finding.verdict == (isProblem ? .problem : .fine))
    #expect((finding.mend == "sudo sysctl kernel.sched_rt_runtime_us=950000") == isProblem)
  }

  @Test func groupScheduling() throws {
    try expectProblem("rt_group_sched", mend: "sched_rt_runtime_us=-1") {
      $0.isGroupScheduled = true
      $0.thread = Self.grant("OTHER", "refused")
    }
    #expect(try finding("rt_group_sched") { $0.isGroupScheduled = true }.verdict == .note)
    #expect(try finding("rt_group_sched") { $0.isGroupScheduled = nil }.verdict == .fine)
  }

  @Test func governor() throws {
    func one(_ governor: String, _ driver: String = "cpufreq-dt") -> DoctorFacts.Processor {
      DoctorFacts.Processor(governor: governor, driver: driver)
    }
    try expectProblem("governor", mend: "scaling_governor") { $0.processors[1] = one("powersave") }
    #expect(
      try finding("governor") { $0.processors[1] = one("powersave", "intel_pstate") }.verdict
        == .note)
    #expect(try finding("governor") { $0.processors[0] = one("ondemand") }.verdict == .note)
    // Where a hop takes long, the time until the clock is up is missing.
    try expectProblem("governor", mend: "performance") {
      $0.processors[0] = one("ondemand")
      $0.hop = DoctorFacts.HopTime(median: 1500, worst: 2500, model: "small-1")
    }
    #expect(try finding("governor") { $0.processors = [DoctorFacts.Processor()] }.verdict == .fine)
  }

  @Test func access() throws {
    try expectProblem("access", mend: "usermod -aG audio pi") {
      $0.user.mayUseSound = false
      $0.user.groups = ["pi"]
    }
    #expect(try finding("access") { $0.user.soundGroup = nil }.verdict == .note)
  }

  private static func failure(_ device: String) throws -> PCMError {
    do throws(PCMError) {
      _ = try PCMDirectory.capabilities(device, .capture)
    } catch {
      return error
    }
    throw CancellationError()
  }

  @Test func devices() throws {
    let missing = try Self.failure("hw:CARD=NoSuchCard")
    try expectProblem("capture", mend: "hush devices") {
      $0.devices[0].found = .failure(missing)
    }
    // The daemon has what nobody else can open then.
    let held = try finding("capture") {
      $0.devices[0].name = StatusFixture().captureName
      $0.devices[0].found = .failure(missing)
      $0.daemon = try Self.running()
    }
    #expect(held.verdict == .fine && held.text.contains("hushd has it"))
    try expectProblem("playback", mend: "hw:") {
      $0.devices[1] = Self.device(.playback, period: 1024...8192)
    }
    let long = try finding("capture") { $0.devices[0] = Self.device(.capture, period: 512...8192) }
    #expect(long.verdict == .note && long.text.contains("10.7 to 170.7 ms"))
    try expectProblem("capture", mend: "plughw") {
      $0.devices[0] = Self.device(.capture, rates: [])
    }
    #expect(
      try finding("rates") { $0.devices[1] = Self.device(.playback, rates: [32_000]) }.verdict
        == .note)
  }

  @Test func speed() throws {
    try expectProblem("speed", mend: "hush set model=") {
      $0.hop = DoctorFacts.HopTime(median: 7000, worst: 9000, model: "base-1")
    }
    let barely = try finding("speed") {
      $0.hop = DoctorFacts.HopTime(median: 3000, worst: 7000, model: "base-1")
    }
    #expect(barely.verdict == .note)
  }

  @Test func trial() throws {
    try expectProblem("trial", mend: "hush events") { $0.trial = .done(Self.account(xruns: 2)) }
    try expectProblem("trial", mend: "hush events") { $0.trial = .done(Self.account(late: 1)) }
    try expectProblem("trial", mend: nil) { $0.trial = .done(Self.account(hops: 0)) }
    try expectProblem("trial", mend: nil) { $0.trial = .failed("no") }
    #expect(try finding("trial") { $0.trial = .skipped("no") }.verdict == .note)
  }

  @Test func command() throws {
    let outcome = try Hush.run(
      "doctor", "--json", "--trial", "0", "--capture", "hw:CARD=NoSuchCard", "--socket", "/none")
    #expect(outcome.status == 1)
    let found = try #require(
      try JSONSerialization.jsonObject(with: outcome.output) as? [[String: Any]])
    let capture = try #require(found.first { $0["check"] as? String == "capture" })
    #expect(capture["verdict"] as? String == "problem")
    #expect((capture["mend"] as? String)?.hasPrefix("hush devices") == true)
    let checks = found.compactMap { $0["check"] as? String }
    for check in ["daemon", "realtime", "memory", "throttling", "governor", "speed", "trial"] {
      #expect(checks.contains(check))
    }
    let text = try Hush.run(
      "doctor", "--trial", "0", "--capture", "hw:CARD=NoSuchCard", "--socket", "/none")
    #expect(text.status == 1)
    #expect(text.text.contains("PROBLEM  ") && text.text.contains("in the way."))
    #expect(try Hush.run("doctor", "--trial", "-1").status == 64)
  }

  /// With a daemon it is its counts that are looked at.
  @Test func aDaemonIsWatched() throws {
    let count = Counts()
    let server = try FixtureServer { _ in
      var fixture = StatusFixture()
      fixture.late = count.next()
      return FixtureServer.http(200, fixture.json)
    }
    let outcome = try Hush.run("doctor", "--trial", "0.1", "--socket", server.path)
    #expect(outcome.text.contains("of hushd at work: no sound came"))
    #expect(outcome.text.contains("hushd's audio threads have SCHED_FIFO"))
    #expect(outcome.status == 1)
  }
}

/// 0, 1, 2, ...
private final class Counts: @unchecked Sendable {
  private let lock = NSLock()
  private var value = -1

  func next() -> Int {
    lock.withLock {
      value += 1
      return value
    }
  }
}
