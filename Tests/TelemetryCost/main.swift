import Glibc
import Pipeline
import Realtime
import Telemetry

// What telemetry costs: what the audio threads record for each hop, and what a scrape every 15 s
// takes, as shares of a hop's time.
//
//     telemetry-cost SOUND-FILE

/// Nanoseconds of a call, the least of some rounds.
func cost(_ body: (UInt64) -> Void) -> Double {
  let count: UInt64 = 100_000
  var least = UInt64.max
  for _ in 0..<20 {
    let begin = MonotonicClock.now()
    for n in 0..<count { body(n) }
    least = min(least, MonotonicClock.now() - begin)
  }
  return Double(least) / Double(count)
}

func text(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }

let hop = 8e6
let histogram = LatencyHistogram()
let counter = Counter()
let levels = Seqlock(Metrics.Levels())
let history = HistoryRing(capacity: Trace.records, blank: TraceRecord())
var record = TraceRecord()

// With periods of a hop: calls of all three threads together.
let parts: [(name: String, calls: Int, cost: Double)] = [
  (
    "LatencyHistogram.recordStalled", 2,
    cost { histogram.recordStalled(10_000 + $0 % 9000, expectedInterval: 8_000_000) }
  ),
  ("LatencyHistogram.record", 4, cost { histogram.record(30_000 + $0 % 9000) }),
  ("Counter.add", 4, cost { _ in counter.add() }),
  ("Seqlock.store, levels", 1, cost { _ in levels.store(Metrics.Levels()) }),
  (
    "HistoryRing.write", 3,
    cost {
      record.sequence = $0
      history.write(record)
    }
  ),
  ("clock, the thread's", 1, cost { _ in _ = MonotonicClock.thread() }),
  ("clock, monotonic", 5, cost { _ in _ = MonotonicClock.now() }),
]
print("nanoseconds  calls a hop  share of 8 ms")
for part in parts {
  print(
    "\(text(part.cost))\t\(part.calls)\t\(text(part.cost * Double(part.calls) / hop * 100)) %\t\(part.name)"
  )
}
let recording = parts.reduce(0) { $0 + $1.cost * Double($1.calls) }
print("\(text(recording)) ns a hop: \(text(recording / hop * 100)) % of its time")

guard CommandLine.arguments.count > 1 else { exit(0) }
var settings = Settings()
settings.capture.source = .file(path: CommandLine.arguments[1], paced: true, loops: true)
settings.output.sink = .none
let feed = EventFeed()
let pipeline = try Pipeline(settings) { feed.post($0) }
let path = "/tmp/telemetry-cost-\(getpid()).sock"
let server = TelemetryServer(
  Endpoint(path: path), pipeline: pipeline, feed: feed, version: "cost")
try pipeline.start()
try server.start()
sleep(2)

/// Processor seconds of the server's thread, as it tells itself.
func scrape(_ target: String) -> String {
  let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
  _ = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
  let request = Array("GET \(target) HTTP/1.0\r\n\r\n".utf8)
  send(descriptor, request, request.count, Int32(MSG_NOSIGNAL))
  var answer: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = recv(descriptor, &block, block.count, 0)
    if count <= 0 { break }
    answer += block[..<count]
  }
  return String(decoding: answer, as: UTF8.self)
}

func spent() -> Double {
  let name = "hush_thread_cpu_seconds_total{thread=\"telemetry\"} "
  let line = scrape("/metrics").split(separator: "\n").first { $0.hasPrefix(name) }
  return line.flatMap { Double($0.dropFirst(name.count)) } ?? 0
}

usleep(60_000)
for target in ["/metrics", "/status", "/trace?seconds=5"] {
  let count = 50
  let before = spent()
  var bytes = 0
  for _ in 0..<count {
    // Pages are handed out again for a while.
    usleep(60_000)
    bytes = scrape(target).utf8.count
  }
  usleep(60_000)
  // One of the two readings is in it.
  let each = (spent() - before) / Double(count + (target == "/metrics" ? 1 : 0))
  print(
    "\(target): \(bytes) bytes, \(text(each * 1e3)) ms of processor time; every 15 s: "
      + "\(text(each / 15 * 100)) % of a core")
}
let status = scrape("/status")
if let place = status.firstRange(of: "\"compute_us\":{") {
  print("the denoiser meanwhile: \(status[place.upperBound...].prefix(90))")
}
server.stop()
pipeline.stop()
