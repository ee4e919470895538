import AudioIO
import Realtime

/// What is known of the machine; the checks judge it and ask nothing themselves.
struct DoctorFacts {
  enum Daemon {
    case running(LiveStatus)
    /// No hushd answers, and why.
    case absent(String)
    /// There is one that does not let this user in.
    case closed(String)
  }

  struct Processor: Equatable {
    /// Of cpufreq, such as "powersave"; nil: its speed is not the kernel's to choose.
    var governor: String?
    var driver: String?
  }

  /// Processor time for a hop, in microseconds.
  struct HopTime: Equatable {
    /// What there is for one, in milliseconds.
    var hop = 8.0
    var median: Double
    var worst: Double
    var model: String
  }

  struct Device {
    var name: String
    var direction: PCMDirection
    /// What it can do, or why it cannot be had.
    var found: Result<PCMCapabilities, PCMError>
  }

  /// What the user may do.
  struct User: Equatable {
    var name: String
    var isRoot: Bool
    var groups: [String]
    /// The group that the sound devices belong to; nil: there are none.
    var soundGroup: String?
    /// Whether all sound devices may be opened.
    var mayUseSound: Bool
  }

  enum Trial: Equatable {
    case done(Account)
    case skipped(String)
    case failed(String)
  }

  /// What happened in so many seconds.
  struct Account: Equatable {
    var seconds: Double
    var captureXruns: UInt64
    var outputXruns: UInt64
    var late: UInt64
    var hops: UInt64
    /// Whether it was the running hushd that was watched.
    var isDaemon: Bool
  }

  var daemon: Daemon
  /// What a thread that asked for SCHED_FIFO got.
  var thread: ThreadGrant
  var memory: MemoryGrant
  /// Microseconds of real-time work the kernel lets be, and in how many; -1: no limit.
  var realtimeRuntime: Int?
  var realtimePeriod: Int?
  /// Whether the kernel shares real time out by control groups; nil: not known.
  var isGroupScheduled: Bool?
  var processors: [Processor]
  var hop: HopTime?
  var user: User
  var devices: [Device]
  var trial: Trial
}
