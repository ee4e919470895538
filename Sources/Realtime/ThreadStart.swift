import CRealtime
import Glibc

/// What a new thread does before its body, and where it leaves what it found.
///
/// The maker waits for `isSetUp` before it reads `grant`.
final class ThreadStart: @unchecked Sendable {
  let isSetUp = Wakeup()
  private(set) var grant: ThreadGrant?
  private let request: ThreadRequest
  private let body: @Sendable () -> Void

  init(_ request: ThreadRequest, _ body: @escaping @Sendable () -> Void) {
    self.request = request
    self.body = body
  }

  func run() {
    hush_thread_name(request.name)
    var refusals: [String] = []
    if let cpus = request.cpus {
      let failure = hush_allow_cpus(cpus.map(Int32.init(clamping:)), cpus.count)
      if failure != 0 { refusals.append(Self.refusal(cpus: cpus)) }
    }
    if request.priority > 0 {
      var parameters = sched_param()
      parameters.sched_priority = Int32(request.priority)
      let failure = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters)
      if failure != 0 { refusals.append(Self.refusal(priority: request.priority, failure)) }
    }
    let flushed = Denormals.flush()
    if !flushed { refusals.append("this processor computes with denormal numbers, slowly") }
    let found = Self.scheduling
    grant = ThreadGrant(
      policy: found.policy, priority: found.priority, cpus: Self.cpus, denormalsFlushed: flushed,
      threadID: Int(hush_thread_id()),
      refusal: refusals.isEmpty ? nil : refusals.joined(separator: "; "))
    isSetUp.signal()
    body()
  }

  /// As the kernel has it; pthread_getschedparam would tell what glibc remembers.
  private static var scheduling: (policy: String, priority: Int) {
    let policy =
      switch sched_getscheduler(0) {
      case SCHED_FIFO: "FIFO"
      case SCHED_RR: "RR"
      case SCHED_OTHER: "OTHER"
      case let other: "\(other)"
      }
    var parameters = sched_param()
    sched_getparam(0, &parameters)
    return (policy, Int(parameters.sched_priority))
  }

  private static var cpus: [Int] {
    var found = [Int32](repeating: 0, count: 1024)
    let count = hush_allowed_cpus(&found, found.count)
    return found.prefix(count).map(Int.init)
  }

  private static func refusal(cpus: [Int]) -> String {
    let wanted = cpus.map(String.init).joined(separator: ", ")
    let present = Self.cpus.map(String.init).joined(separator: ", ")
    return "CPUs \(wanted) were refused: this process may run on \(present)"
  }

  private static func refusal(priority: Int, _ failure: Int32) -> String {
    let what = "SCHED_FIFO at priority \(priority) was refused"
    guard failure == EPERM else { return "\(what): \(String(cString: strerror(failure)))" }
    let limit = hush_priority_limit()
    if geteuid() != 0, limit < UInt64(priority) {
      return "\(what), this process may ask for \(limit) at most: under systemd set "
        + "LimitRTPRIO=95; for a login add \"@audio - rtprio 95\" to a file in "
        + "/etc/security/limits.d/, join the group audio and log in again"
    }
    return "\(what) though the limits allow it: in a container add the capability SYS_NICE; on a "
      + "kernel with RT_GROUP_SCHED give the control group real time (cpu.rt_runtime_us)"
  }
}
