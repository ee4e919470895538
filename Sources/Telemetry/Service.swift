import Glibc
import Pipeline
import Realtime

/// Answers requests. Used by the server's thread alone.
final class Service: @unchecked Sendable {
  let version: String
  /// CLOCK_MONOTONIC, and seconds since 1970.
  let started = MonotonicClock.now()
  let startTime: Double
  let requests = Counter()
  let refused = Counter()
  let skippedLines = Counter()
  /// Open at present.
  var connections = 0
  /// When the last hop was late or the last xrun was; nil: none yet.
  private(set) var trouble: UInt64?

  private let pipeline: Pipeline
  /// The last events, for traces.
  private var recent: [Event] = []

  private struct Page {
    let bytes: [UInt8]
    let made: UInt64
  }
  private var metricsPage: Page?
  private var statusPage: Page?

  /// Nanoseconds for which a page is handed out again, so that those who ask without end keep
  /// neither a processor busy nor others waiting.
  private static let freshness: UInt64 = 50_000_000
  /// Events that are kept for traces.
  private static let memory = 1024

  init(pipeline: Pipeline, version: String) {
    self.pipeline = pipeline
    self.version = version
    startTime = Double(time(nil))
  }

  // MARK: Events

  /// Keeps an event in mind.
  func note(_ event: Event) {
    switch event.kind {
    case .xrun, .deadlineMissed, .stalled: trouble = event.time
    default: break
    }
    recent.append(event)
    if recent.count >= 2 * Self.memory { recent.removeFirst(Self.memory) }
  }

  func lines(_ events: [Event], _ clock: WallClock) -> [String] {
    guard !events.isEmpty else { return [] }
    let models = pipeline.status().models
    return events.map { EventLine.text($0, models: models, clock: clock) }
  }

  func hello(at time: UInt64, _ clock: WallClock) -> String {
    EventLine.hello(version, at: time, clock)
  }

  func heartbeat(at time: UInt64, _ clock: WallClock) -> String {
    EventLine.heartbeat(pipeline.metrics, at: time, clock)
  }

  // MARK: Requests

  /// - Parameter mayControl: whether the client may change anything.
  func answer(_ request: Request, mayControl: @autoclosure () -> Bool) -> Response {
    let paths = ["/metrics", "/status", "/events", "/trace", "/control"]
    guard paths.contains(request.path) else {
      return .error(404, "there is no such path; there are \(paths.joined(separator: ", "))")
    }
    let isControl = request.path == "/control"
    switch request.method {
    case "GET", "HEAD": break
    case "PUT" where isControl: return control(request, mayControl())
    default:
      let allowed = isControl ? "GET, HEAD, PUT" : "GET, HEAD"
      var response = Response.error(405, "\(request.path) takes \(allowed)")
      response.headers = ["Allow: \(allowed)"]
      return response
    }
    switch request.path {
    case "/metrics":
      let page = page(&metricsPage) { MetricsPage.text(Reading(pipeline), self) }
      return Response(type: PrometheusText.type, .whole(page))
    case "/status":
      let page = page(&statusPage) { StatusPage.text(Reading(pipeline), self) + "\n" }
      return Response(type: "application/json", .whole(page))
    case "/events": return Response(type: "application/x-ndjson", .events)
    case "/trace": return trace(request)
    default: return inForce()
    }
  }

  /// A page that is not older than `freshness`.
  private func page(_ last: inout Page?, _ make: () -> String) -> [UInt8] {
    let now = MonotonicClock.now()
    if let last, now &- last.made < Self.freshness { return last.bytes }
    let bytes = Array(make().utf8)
    last = Page(bytes: bytes, made: now)
    return bytes
  }

  private func trace(_ request: Request) -> Response {
    let asked = request.parameter("seconds") ?? "5"
    guard let seconds = Int(asked), TracePage.seconds ~= seconds else {
      return .error(
        400,
        "seconds: give \(TracePage.seconds.lowerBound) to \(TracePage.seconds.upperBound)")
    }
    let page = TracePage(seconds: seconds, pipeline, marks: recent, version: version)
    return Response(type: "application/json", .pieces(page.piece))
  }

  private func inForce() -> Response {
    let reading = Reading(pipeline)
    var json = JSONWriter()
    json.object { json in
      json.set("version", StatusPage.version)
      StatusPage.control(reading, &json)
      json.set("model", reading.model)
    }
    return .json(200, json.text)
  }

  private func control(_ request: Request, _ mayControl: Bool) -> Response {
    guard mayControl else {
      return .error(
        403, "control is for root, hushd's user and the socket's group (control.group); join it")
    }
    let change: ControlChange
    do { change = try ControlChange(request.body) } catch { return .error(400, error.line) }
    // Alone of all it can fail now.
    if let model = change.model {
      let refused = pipeline.change { settings in
        switch model {
        case .builtIn: settings.denoise.model = nil
        case .named(let name): settings.denoise.model = name
        }
      }
      if let line = refused.first { return .error(422, line) }
    }
    if change.strength != nil || change.bypass != nil {
      _ = pipeline.change { settings in
        if let strength = change.strength {
          settings.denoise.strength = strength.isFinite ? strength : nil
        }
        if let bypass = change.bypass { settings.denoise.bypass = bypass }
      }
    }
    if let mute = change.mute { pipeline.controls.mute = mute }
    if change.resets { pipeline.controls.reset() }
    return inForce()
  }
}
