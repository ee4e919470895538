import Glibc
import ModelSupport
import Realtime
import Synchronization
import VirtualCardSupport

@testable import Pipeline

/// A virtual card with a pipeline on it that lets the sound pass, so that what the loudspeaker
/// played is what the microphone heard, some time later.
final class Rig: Sendable {
  let card: VirtualCard
  let pipeline: Pipeline
  let settings: Settings
  private let noise: [Float]
  let rate: Int

  /// White noise of three seconds: no piece of it is like another.
  static func noise(_ rate: Int) -> [Float] {
    var state: UInt64 = 7
    return (0..<3 * rate).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648 * 0.3
    }
  }

  init(
    rate: Int = 16_000, capturePPM: Double = 0, playbackPPM: Double = 0,
    sound: [Float]? = nil, shortestBackoff: UInt64 = Backoff.shortest,
    change: (inout Settings) -> Void = { _ in }
  ) throws {
    self.rate = rate
    noise = sound ?? Self.noise(rate)
    card = VirtualCard(
      rate: rate, capturePPM: capturePPM, playbackPPM: playbackPPM, sound: noise)
    var settings = Settings()
    var microphone = Settings.Device()
    microphone.name = card.captureName
    var speaker = Settings.Device()
    speaker.name = card.playbackName
    speaker.channels = 1
    settings.capture.source = .device(microphone)
    settings.output.sink = .device(speaker)
    settings.denoise.model = TinyModel.path
    settings.denoise.bypass = true
    change(&settings)
    self.settings = settings
    let counter = EventCounter()
    pipeline = try Pipeline(settings) { counter.add($0.kind) }
    pipeline.shortestBackoff = shortestBackoff
    events = counter
    try pipeline.start()
  }

  let events: EventCounter

  final class EventCounter: Sendable {
    private let kinds = Mutex<[Event.Kind: Int]>([:])
    func add(_ kind: Event.Kind) { kinds.withLock { $0[kind, default: 0] += 1 } }
    func count(_ kind: Event.Kind) -> Int { kinds.withLock { $0[kind] ?? 0 } }
  }

  deinit { pipeline.stop() }

  var runs: Bool {
    let status = pipeline.status()
    return status.capture.state == .running && status.output.state == .running
  }

  /// Waits until it is so, ten seconds at most.
  func wait(seconds: Double = 10, until condition: () -> Bool) -> Bool {
    let end = MonotonicClock.now() + UInt64(seconds * 1e9)
    while MonotonicClock.now() < end {
      if condition() { return true }
      usleep(5000)
    }
    return condition()
  }

  /// From the microphone to the loudspeaker, in milliseconds, by what the loudspeaker played in
  /// the last quarter of a second or so; nil if that is not what the microphone heard.
  func delay() -> Double? {
    let played = card.heard()
    // What is still in the buffer has not been heard; leave that out.
    let now = Int(card.frame(at: MonotonicClock.now(), .playback))
    let length = rate / 8
    let start = now - length - rate / 50
    guard start > 0, start + length <= played.count else { return nil }
    let piece = Array(played[start..<start + length])
    let energy = piece.reduce(0) { $0 + $1 * $1 }
    guard energy > 0.001 else { return nil }
    // The loudspeaker's frame `start` came at this frame of the microphone's.
    let heardAt = card.time(ofFrame: Double(start), .playback)
    let microphone = card.frame(at: heardAt, .capture)
    var best = (score: Float(0), shift: 0)
    for shift in 0..<rate / 2 {
      var sum: Float = 0
      var place = (Int(microphone) - shift) % noise.count
      if place < 0 { place += noise.count }
      for n in stride(from: 0, to: 256, by: 1) {
        sum += piece[n] * noise[(place + n) % noise.count]
      }
      if sum > best.score { best = (sum, shift) }
    }
    let whole = piece[..<256].reduce(0) { $0 + $1 * $1 }
    guard best.score > 0.6 * whole else { return nil }
    return (Double(best.shift) + microphone - microphone.rounded(.down)) / Double(rate) * 1e3
  }

  var reported: Double {
    Double(pipeline.metrics.currentLatency.load(ordering: .relaxed)) / 1e6
  }

  var target: Double {
    Double(pipeline.metrics.targetLatency.load(ordering: .relaxed)) / 1e6
  }
}
