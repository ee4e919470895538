import AllocationCounter
import Glibc
import Testing

@testable import Realtime

@Suite struct ThreadTests {
  static let isRoot = geteuid() == 0
  static let needsRoot: Comment = "only root may do it, or may stop being it"

  /// All of it, before anything ran on it.
  @Test func theStackIsInMemory() throws {
    let end = Wakeup()
    let thread = try RealtimeThread(
      ThreadRequest(name: "stack", priority: 0, stackBytes: 300_000)
    ) { end.wait() }
    #expect(thread.stack.bytes >= 300_000)
    #expect(Self.isInMemory(thread.stack.base, thread.stack.bytes))
    end.signal()
    thread.join()
    thread.join()
  }

  @Test func ordinarySchedulingIsGranted() throws {
    let ids = RecordRing<pid_t>(capacity: 1)
    let thread = try RealtimeThread(
      ThreadRequest(name: "a name of over 15 bytes", priority: 0)
    ) { _ = ids.write(Int32(truncatingIfNeeded: MonotonicClock.now() & 1)) }
    thread.join()
    #expect(ids.read() != nil)
    #expect(thread.grant.policy == "OTHER" && thread.grant.priority == 0)
    #expect(thread.grant.threadID != getpid() && thread.grant.threadID > 0)
    #expect(!thread.grant.cpus.isEmpty && thread.grant.refusal == nil)
  }

  /// What the kernel says of the thread from outside is what it said of itself.
  @Test(.enabled(if: isRoot, needsRoot), arguments: [1, 42, 97])
  func fifoIsGrantedAndReadBack(priority: Int) throws {
    let end = Wakeup()
    let thread = try RealtimeThread(ThreadRequest(name: "hush-test", priority: priority)) {
      end.wait()
    }
    let grant = thread.grant
    #expect(grant.policy == "FIFO" && grant.priority == priority && grant.refusal == nil)
    #expect(sched_getscheduler(pid_t(grant.threadID)) == SCHED_FIFO)
    var parameters = sched_param()
    #expect(sched_getparam(pid_t(grant.threadID), &parameters) == 0)
    #expect(parameters.sched_priority == Int32(priority))
    let name = try #require(Self.contents("/proc/self/task/\(grant.threadID)/comm"))
    #expect(name == "hush-test\n")
    end.signal()
    thread.join()
  }

  /// A thread made by a real-time thread is not one too unless it is asked for.
  @Test(.enabled(if: isRoot, needsRoot))
  func schedulingIsNotInherited() throws {
    let grants = Mailbox<GrantBox>()
    let outer = try RealtimeThread(ThreadRequest(name: "outer", priority: 5)) {
      let inner = try! RealtimeThread(ThreadRequest(name: "inner", priority: 0)) {}
      inner.join()
      _ = grants.post(.passRetained(GrantBox(inner.grant)))
    }
    outer.join()
    let inner = try #require(grants.take()).takeRetainedValue().grant
    #expect(outer.grant.policy == "FIFO" && inner.policy == "OTHER")
  }

  final class GrantBox {
    let grant: ThreadGrant
    init(_ grant: ThreadGrant) { self.grant = grant }
  }

  @Test func cpusAreReadBack() throws {
    let all = try RealtimeThread(ThreadRequest(name: "all", priority: 0)) {}.grant.cpus
    let last = try #require(all.last)
    let pinned = try RealtimeThread(ThreadRequest(name: "pin", priority: 0, cpus: [last])) {}
    #expect(pinned.grant.cpus == [last] && pinned.grant.refusal == nil)
  }

  @Test(arguments: [[], [1023], [-1], [70_000_000_000]])
  func cpusThatAreNotThereAreRefused(cpus: [Int]) throws {
    let thread = try RealtimeThread(ThreadRequest(name: "none", priority: 0, cpus: cpus)) {}
    #expect(try #require(thread.grant.refusal).contains("CPUs"))
    #expect(!thread.grant.cpus.isEmpty)
  }

  /// Not the flag but the arithmetic, in which both operands and results count; only on the thread.
  @Test func denormalsAreZeroThere() throws {
    let numbers = RecordRing<Float>(capacity: 4)
    let (small, half) = (Self.opaque(Float.leastNormalMagnitude), Self.opaque(Float(0.5)))
    let denormal = Self.opaque(Float.leastNormalMagnitude / 4)
    let thread = try RealtimeThread(ThreadRequest(name: "denormal", priority: 0)) {
      _ = numbers.write(small * half)
      _ = numbers.write(denormal * 1e30)
      _ = numbers.write(small + small)
    }
    thread.join()
    #expect(thread.grant.denormalsFlushed)
    #expect(numbers.read() == 0)
    #expect(numbers.read() == 0)
    #expect(numbers.read() == 2 * Float.leastNormalMagnitude)
    #expect(small * half != 0)
    #expect(!Denormals.areFlushed)
  }

  /// In a process of its own, which gives up being root for good.
  @Test(.enabled(if: isRoot, needsRoot))
  func withoutPermissionItRunsOn() async {
    await #expect(processExitsWith: .success) {
      try! ThreadTests.becomeNobody(priorityLimit: 0)
      let ran = Counter()
      let thread = try RealtimeThread(ThreadRequest(name: "refused", priority: 70)) { ran.add() }
      thread.join()
      let grant = thread.grant
      guard ran.value == 1, grant.policy == "OTHER", grant.priority == 0 else { exit(3) }
      guard grant.denormalsFlushed, let refusal = grant.refusal else { exit(4) }
      for word in ["priority 70", "0 at most", "LimitRTPRIO", "limits.d", "group audio"] {
        guard refusal.contains(word) else { exit(5) }
      }
      exit(0)
    }
  }

  /// No root is needed where the limit allows it.
  @Test(.enabled(if: isRoot && mayRaiseLimits, "the limit on priorities cannot be raised here"))
  func withALimitItIsGranted() async {
    await #expect(processExitsWith: .success) {
      try! ThreadTests.becomeNobody(priorityLimit: 20)
      let within = try RealtimeThread(ThreadRequest(name: "within", priority: 20)) {}
      guard within.grant.policy == "FIFO", within.grant.priority == 20 else { exit(3) }
      let above = try RealtimeThread(ThreadRequest(name: "above", priority: 21)) {}
      guard above.grant.policy == "OTHER" else { exit(4) }
      guard above.grant.refusal!.contains("20 at most") else { exit(5) }
      exit(0)
    }
  }

  /// Thread sanitizer's shadow memory is too large to lock; there mlockall does nothing.
  @Test(.enabled(if: isRoot && hush_counts() != 0, "not root, or under a sanitizer"))
  func memoryIsLocked() async {
    await #expect(processExitsWith: .success) {
      let grant = ProcessMemory.lock()
      guard grant.isLocked, grant.refusal == nil else { exit(3) }
      guard grant.lockedBytes > 1_000_000 else { exit(4) }
      // What comes later is in RAM once it is touched, and stays when it is freed.
      let block = UnsafeMutableRawPointer.allocate(byteCount: 20_000_000, alignment: 16)
      block.initializeMemory(as: UInt8.self, repeating: 1, count: 20_000_000)
      guard ThreadTests.isInMemory(block, 20_000_000) else { exit(5) }
      block.deallocate()
      guard ThreadTests.isInMemory(block, 20_000_000) else { exit(6) }
      exit(0)
    }
  }

  @Test(.enabled(if: isRoot, needsRoot))
  func memoryIsNotLockedWithoutPermission() async {
    await #expect(processExitsWith: .success) {
      try! ThreadTests.becomeNobody(priorityLimit: 0)
      let grant = ProcessMemory.lock()
      guard !grant.isLocked, grant.lockedBytes == 0, grant.limit == 65536 else { exit(3) }
      guard let refusal = grant.refusal else { exit(4) }
      for word in ["64 KiB", "LimitMEMLOCK", "limits.d"] {
        guard refusal.contains(word) else { exit(5) }
      }
      exit(0)
    }
  }

  @Test func aThreadThatCannotBeMadeSaysWhy() {
    #expect(throws: ThreadError(name: "huge", errno: ENOMEM)) {
      try RealtimeThread(ThreadRequest(name: "huge", priority: 0, stackBytes: 1 << 50)) {}
    }
    #expect("\(ThreadError(name: "x", errno: EAGAIN))".contains("thread x"))
  }

  /// Drops root with all its capabilities, and sets the limits that hold then.
  static func becomeNobody(priorityLimit: UInt) throws {
    struct Failed: Error {}
    // The numbers of <bits/resource.h>, on every Linux but a few old processors.
    let (memlock, rtprio) = (__rlimit_resource_t(8), __rlimit_resource_t(14))
    var locking = rlimit(rlim_cur: 65536, rlim_max: 65536)
    var priority = rlimit(rlim_cur: priorityLimit, rlim_max: priorityLimit)
    guard setrlimit(memlock, &locking) == 0, setrlimit(rtprio, &priority) == 0 else {
      throw Failed()
    }
    guard setgid(65534) == 0, setuid(65534) == 0, geteuid() == 65534 else { throw Failed() }
  }

  /// Whether all pages that lie wholly in it are in RAM.
  static func isInMemory(_ start: UnsafeMutableRawPointer, _ bytes: Int) -> Bool {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let first = start.alignedUp(toMultipleOf: page)
    let count = (start + bytes).alignedDown(toMultipleOf: page) - first
    var pages = [UInt8](repeating: 0, count: count / page)
    return mincore(first, count, &pages) == 0 && pages.allSatisfy { $0 & 1 == 1 }
  }

  static func contents(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// CAP_SYS_RESOURCE, number 24, which containers often take even from root.
  static var mayRaiseLimits: Bool {
    let status = contents("/proc/self/status") ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
    let mask = line.flatMap { UInt64($0.dropFirst(7).drop { $0 == "\t" }, radix: 16) } ?? 0
    return mask >> 24 & 1 == 1
  }

  /// Not known to the compiler, which would compute with it itself.
  @inline(never) @_optimize(none)
  static func opaque(_ number: Float) -> Float { number }
}
