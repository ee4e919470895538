import Glibc
import ModelSupport
import Realtime
import Telemetry
import VirtualCardSupport

@testable import Pipeline

/// A pipeline with sound flowing, and its telemetry.
final class Stage {
  let path: String
  let pipeline: Pipeline
  let server: TelemetryServer
  let feed = EventFeed()

  /// - Parameter card: where sound comes from and goes; nil: a recording of noise at the pace of a
  ///   microphone, and nowhere.
  init(
    card: VirtualCard? = nil, limits: Limits = Limits(), model: String = TinyModel.path
  ) throws {
    path = Self.newPath()
    var settings = Settings()
    settings.denoise.model = model
    // A debug build is slow.
    settings.denoise.deadline = 30
    if let card {
      var microphone = Settings.Device()
      microphone.name = card.captureName
      var speaker = Settings.Device()
      speaker.name = card.playbackName
      speaker.channels = 1
      settings.capture.source = .device(microphone)
      settings.output.sink = .device(speaker)
    } else {
      settings.capture.source = .file(path: Noise.path, paced: true, loops: true)
      settings.output.sink = .none
    }
    let feed = feed
    pipeline = try Pipeline(settings) { feed.post($0) }
    server = TelemetryServer(
      Endpoint(path: path), pipeline: pipeline, feed: feed, version: "1.2.3", limits: limits)
    try pipeline.start()
    try server.start()
  }

  deinit {
    server.stop()
    pipeline.stop()
  }

  static func newPath() -> String {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    return "\(folder)/hush-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
  }

  func ask(_ target: String, _ method: String = "GET", body: String? = nil) -> Client.Answer? {
    Client.ask(path, method, target, body: body)
  }

  /// Waits until it is so, ten seconds at most.
  func wait(until condition: () -> Bool) -> Bool {
    let end = MonotonicClock.now() + 10_000_000_000
    while MonotonicClock.now() < end {
      if condition() { return true }
      usleep(5000)
    }
    return condition()
  }

  func waitForHops(_ count: UInt64) -> Bool {
    let goal = pipeline.metrics.hops.value + count
    return wait { pipeline.metrics.hops.value >= goal }
  }
}
