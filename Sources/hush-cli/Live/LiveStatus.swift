import FoundationEssentials

/// What GET /status says, as far as it is shown. docs/status.schema.json has all of it.
struct LiveStatus: Decodable, Equatable, Sendable {
  struct Device: Decodable, Equatable, Sendable {
    var rate: Int
    var channels: Int
    var format: String
    var period: Int
    var buffer: Int
  }

  struct Side: Decodable, Equatable, Sendable {
    var state: String
    var reason: String?
    var name: String
    var device: Device?
    var xruns: UInt64
    var suspends: UInt64
    var stalls: UInt64
    var reopenings: UInt64
    var frames: UInt64
    var lateness: Distribution

    enum CodingKeys: String, CodingKey {
      case state, reason, name, device, xruns, suspends, stalls, reopenings, frames
      case lateness = "lateness_us"
    }
  }

  struct Control: Decodable, Equatable, Sendable {
    /// dB; nil: no limit.
    var strength: Double?
    var bypass: Bool
    var mute: Bool

    enum CodingKeys: String, CodingKey {
      case bypass, mute
      case strength = "strength_db"
    }
  }

  struct Hops: Decodable, Equatable, Sendable {
    var done: UInt64
    var late: UInt64
    var fallback: UInt64
    var unheard: UInt64
    var uncaptured: UInt64
  }

  struct Levels: Decodable, Equatable, Sendable {
    var input: Double
    var output: Double
    var removed: Double
    var speech: Double
    /// nil: the model does not tell.
    var presence: Double?

    enum CodingKeys: String, CodingKey {
      case speech, presence
      case input = "input_dbfs"
      case output = "output_dbfs"
      case removed = "removed_db"
    }
  }

  struct Thread: Decodable, Equatable, Sendable {
    var name: String
    var policy: String
    var priority: Int
    var seconds: Double

    enum CodingKeys: String, CodingKey {
      case name, policy, priority
      case seconds = "cpu_s"
    }
  }

  struct Memory: Decodable, Equatable, Sendable {
    var locked: Bool
  }

  var version: Int
  var hushd: String
  var time: String
  var monotonic: UInt64
  var uptime: Double
  var health: Health
  var problems: [String]
  var capture: Side
  var output: Side
  var rate: Int?
  var channels: Int?
  var model: String?
  var models: [String]
  var rung: Int
  var control: Control
  /// Milliseconds of a hop; nil: a hushd from before there was another than 8.
  var hop: Double?
  var deadline: Double
  var hops: Hops
  var latency: Distribution
  var compute: Distribution
  var lateness: Distribution
  var levels: Levels
  var drift: Double
  var threads: [Thread]
  var memory: Memory
  var finished: Bool

  enum CodingKeys: String, CodingKey {
    case version, hushd, time, health, problems, capture, output, rate, channels, model, models
    case rung, control, hops, levels, threads, memory, finished
    case monotonic = "monotonic_ns"
    case uptime = "uptime_s"
    case hop = "hop_ms"
    case deadline = "deadline_ms"
    case latency = "latency_ms"
    case compute = "compute_us"
    case lateness = "lateness_us"
    case drift = "drift_ppm"
  }

  /// - Parameter path: the socket, for what is told of an answer that is none.
  init(_ body: [UInt8], from path: String) throws(Failure) {
    struct Versioned: Decodable {
      let version: Int
    }
    let data = Data(body)
    guard let version = try? JSONDecoder().decode(Versioned.self, from: data).version else {
      throw Failure(.badAnswer, "\(path): the answer is no status; this is not a hushd")
    }
    guard version == 1 else {
      throw Failure(
        .badAnswer,
        "\(path): hushd tells its status in version \(version), hush knows version 1; install both "
          + "of one version")
    }
    do { self = try JSONDecoder().decode(LiveStatus.self, from: data) } catch {
      throw Failure(.badAnswer, "\(path): a part of the status is missing or broken")
    }
  }
}

/// The daemon's own word for how it is, and what `hush status` ends with.
enum Health: String, Decodable, CaseIterable, Sendable {
  case ok, degraded, waiting, finished

  var code: Int32 {
    switch self {
    case .ok: 0
    case .degraded: 1
    case .waiting: 2
    case .finished: 3
    }
  }
}
