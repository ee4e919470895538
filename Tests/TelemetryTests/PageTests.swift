import Foundation
import ModelSupport
import Testing

@testable import Pipeline
@testable import Telemetry

/// What the socket answers, with sound flowing.
@Suite(.serialized, .takes) struct PageTests {
  @Test func metricsAreWhatPrometheusTakes() throws {
    let stage = try Stage()
    #expect(stage.waitForHops(50))
    let answer = try #require(stage.ask("/metrics"))
    #expect(answer.status == 200)
    #expect(answer.head.contains("Content-Type: text/plain; version=0.0.4"))
    let page = PrometheusParser(answer.body)
    #expect(page.mistakes == [])
    #expect(try #require(page.value("hush_hops_total")) >= 50)
    #expect(try #require(page.value("hush_hop_compute_seconds_count")) >= 50)
    #expect(page.value("hush_state", ["side": "capture", "state": "running"]) == 1)
    #expect(page.value("hush_state", ["side": "capture", "state": "waiting"]) == 0)
    #expect(page.value("hush_xruns_total", ["side": "output"]) == 0)
    #expect(page.value("hush_build_info", ["version": "1.2.3"]) == 1)
    #expect(page.value("hush_strength_db") == .infinity)
    #expect(try #require(page.value("hush_level_dbfs", ["point": "input"])) > -40)
    #expect(try #require(page.value("hush_noise_removed_db")) > 10)
    #expect(
      try #require(page.value("hush_thread_cpu_seconds_total", ["thread": "denoise"])) > 0)
    #expect(
      try #require(
        page.value("hush_wakeup_lateness_seconds_count", ["thread": "capture"])) >= 50)
    // Every series of a counter or a histogram has its unit in its name.
    for (name, type) in page.types where type == "histogram" { #expect(name.hasSuffix("_seconds")) }
  }

  @Test func statusIsByTheSchema() throws {
    let stage = try Stage()
    let schema = try Schema("status.schema.json")
    // Also before the first hop.
    let early = try #require(stage.ask("/status"))
    #expect(schema.mistakes(early.body) == [])
    #expect(stage.waitForHops(50))
    let answer = try #require(stage.ask("/status"))
    #expect(answer.status == 200)
    #expect(schema.mistakes(answer.body) == [])
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
    #expect(object["model"] as? String == "tiny")
    #expect(object["rate"] as? Int == 8000)
    let hops = try #require(object["hops"] as? [String: Any])
    #expect(hops["done"] as? Int ?? 0 >= 50)
    // The schema refuses what is not as it says.
    #expect(schema.mistakes(answer.body.replacing("\"version\":1", with: "\"version\":2")) != [])
    #expect(schema.mistakes(answer.body.replacing("\"rung\":0", with: "\"rung\":false")) != [])
  }

  @Test func presenceOfSpeech() throws {
    func levels(_ stage: Stage) throws -> [String: Any] {
      let answer = try #require(stage.ask("/status"))
      #expect(try Schema("status.schema.json").mistakes(answer.body) == [])
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
      return try #require(object["levels"] as? [String: Any])
    }
    let deaf = try Stage()
    #expect(deaf.waitForHops(5))
    #expect(try levels(deaf)["presence"] is NSNull)
    let stage = try Stage(model: TinyModel.listening)
    #expect(stage.waitForHops(5))
    #expect(abs((try levels(stage)["presence"] as? Double ?? 0) - 0.9) < 1e-3)
    let page = PrometheusParser(try #require(stage.ask("/metrics")).body)
    #expect(abs((page.value("hush_speech_presence") ?? 0) - 0.9) < 1e-3)
    let trace = try #require(stage.ask("/trace?seconds=1")).body
    #expect(trace.contains("\"presence\":0.9") || trace.contains("\"presence\":0.89"))
  }

  @Test func eventsComeAsTheyHappen() throws {
    var limits = Limits()
    limits.heartbeat = 100_000_000
    let stage = try Stage(limits: limits)
    #expect(stage.waitForHops(1))
    let client = try #require(Client(stage.path))
    client.send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n")
    _ = client.read { $0.contains("heartbeat") }
    stage.feed.post(Event(.xrun, .capture))
    stage.feed.post(Event(.deadlineMissed, .output, 1234, cause: .preempted))
    stage.feed.post(Event(.ladder, .output, 1))
    stage.feed.post(Event(.lost, .output, Int64(ENODEV)))
    stage.feed.post(Event(.state, .capture, Int64(SideState.recovering.rawValue)))
    let rest = client.read { $0.contains("recovering") }
    let schema = try Schema("event.schema.json")
    // The first of the answer's pieces went with the headers.
    let lines = Client.unchecked(rest)
    #expect(lines.count >= 5)
    for line in lines { #expect(schema.mistakes(line) == [], "\(line)") }
    #expect(lines.contains { $0.contains("\"xrun\"") && $0.contains("\"side\":\"capture\"") })
    #expect(lines.contains { $0.contains("\"late_us\":1234,\"cause\":\"preempted\"") })
    #expect(lines.contains { $0.contains("\"rung\":1,\"model\":null") })
  }

  @Test func aTraceHoldsEveryHop() throws {
    let stage = try Stage()
    #expect(stage.waitForHops(130))
    stage.feed.post(Event(.xrun, .capture))
    let answer = try #require(stage.ask("/trace?seconds=1"))
    #expect(answer.status == 200)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
    let events = try #require(object["traceEvents"] as? [[String: Any]])
    let hops = events.filter { $0["name"] as? String == "hop" }
    try #require(95...140 ~= hops.count)
    let arguments = try hops.map { try #require($0["args"] as? [String: Any]) }
    let numbers = arguments.compactMap { $0["sequence"] as? Int }
    #expect(numbers == Array(numbers[0]..<numbers[0] + hops.count))
    for (hop, arguments) in zip(hops, arguments) {
      let arrival = try #require(arguments["arrival_us"] as? Double)
      let begin = try #require(hop["ts"] as? Double)
      #expect(arrival <= begin)
      #expect(abs(try #require(arguments["due_us"] as? Double) - arrival - 30_000) < 0.01)
    }
    #expect(events.contains { $0["name"] as? String == "xrun" && $0["tid"] as? Int == 1 })
    #expect(events.count { $0["name"] as? String == "wake" && $0["tid"] as? Int == 1 } > 90)
    #expect(events.count { $0["name"] as? String == "wake" && $0["tid"] as? Int == 3 } > 10)
    for wrong in ["0", "31", "x", ""] {
      #expect(stage.ask("/trace?seconds=\(wrong)")?.status == 400)
    }
  }

  @Test func controlsAreSet() throws {
    let stage = try Stage()
    #expect(stage.waitForHops(1))
    let set = try #require(
      stage.ask("/control", "PUT", body: #"{"strength_db":18,"bypass":true,"mute":true}"#))
    #expect(set.status == 200)
    #expect(
      set.body
        == #"{"version":1,"strength_db":18,"bypass":true,"mute":true,"model":"tiny"}"# + "\n")
    #expect(stage.ask("/control")?.body == set.body)
    #expect(stage.pipeline.controls.strength == 18)
    #expect(stage.pipeline.controls.bypass && stage.pipeline.controls.mute)
    // What is not named stays, and nothing changes where anything is wrong.
    #expect(stage.ask("/control", "PUT", body: #"{"mute":false}"#)?.status == 200)
    #expect(stage.pipeline.controls.strength == 18)
    #expect(stage.ask("/control", "PUT", body: #"{"bypass":false,"x":1}"#)?.status == 400)
    #expect(
      stage.ask("/control", "PUT", body: #"{"bypass":false,"model":"/none"}"#)?.status == 422)
    #expect(stage.pipeline.controls.bypass)
    #expect(stage.ask("/control", "PUT", body: #"{"reset":true}"#)?.status == 200)
    #expect(stage.pipeline.controls.resets == 1)
    let path = TinyModel.path
    #expect(stage.ask("/control", "PUT", body: "{\"model\":\"\(path)\"}")?.status == 200)
  }

  @Test func notEveryoneMayControl() throws {
    let service = Service(pipeline: try Pipeline(Settings()), version: "1")
    let request = Request(
      method: "PUT", path: "/control", query: "", minor: 1, keepsAlive: true,
      body: Array(#"{"bypass":true}"#.utf8))
    #expect(service.answer(request, mayControl: false).status == 403)
    #expect(service.answer(request, mayControl: true).status == 200)
  }

  @Test func mistakesGetTheirCodes() throws {
    let stage = try Stage()
    for (method, target, status) in [
      ("GET", "/", 404), ("GET", "/metrics/", 404), ("DELETE", "/metrics", 405),
      ("PUT", "/status", 405), ("POST", "/control", 405), ("BREW", "/control", 405),
      ("GET", "/control", 200), ("HEAD", "/metrics", 200), ("PUT", "/control", 400),
    ] {
      let answer = try #require(stage.ask(target, method))
      #expect(answer.status == status, "\(method) \(target)")
      if method == "HEAD" {
        #expect(answer.body.isEmpty)
      } else if status != 200 {
        #expect(answer.body.hasPrefix("{\"error\":\"") && answer.body.hasSuffix("\"}\n"))
        #expect(answer.body.count { $0 == "\n" } == 1)
      }
    }
    #expect(stage.ask("/control", "POST")?.head.contains("Allow: GET, HEAD, PUT") == true)
  }

  @Test func connectionsAreKeptAndRequestsAnsweredInOrder() throws {
    let stage = try Stage()
    let client = try #require(Client(stage.path))
    client.send("GET /control HTTP/1.1\r\nHost: h\r\n\r\nGET /no HTTP/1.1\r\nHost: h\r\n\r\n")
    client.send("GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    let text = client.read()
    let codes = text.matches(of: /HTTP\/1\.1 (\d+)/).map { String($0.1) }
    #expect(codes == ["200", "404", "200"])
  }
}

extension Client {
  /// Lines out of chunks, whether or not a header is in front.
  static func unchecked(_ text: String) -> [String] {
    text.split(separator: "\r\n").flatMap { $0.split(separator: "\n") }.map(String.init)
      .filter { $0.hasPrefix("{") }
  }
}
