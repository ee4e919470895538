import Foundation
import ModelSupport
import Testing
import VirtualCardSupport

/// The built `hushd` between the microphone and the loudspeaker of a virtual card.
final class LiveRig {
  static let rate = 16_000
  let card: VirtualCard
  let daemon: HushdProcess
  let meter: DelayMeter
  /// Milliseconds that it is told to be late.
  let target: Double
  let socket: String
  private let configuration: URL
  /// The configuration with an `output:` line (nil: the loudspeaker's), and what is in `denoise:`.
  private let text: (String?, String) -> String

  /// Three seconds of low, soft noise: no piece of it is like another, and from sample to sample it
  /// moves little, so that a click is plain to see.
  static let sound: [Float] = {
    var state: UInt64 = 7
    var (first, second): (Float, Float) = (0, 0)
    var loudest: Float = 0
    let raw = (0..<3 * rate).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let white = Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
      first += (white - first) * 0.15
      second += (first - second) * 0.15
      loudest = max(loudest, abs(second))
      return second
    }
    return raw.map { $0 / loudest * 0.5 }
  }()

  /// The largest way from one sample to the next.
  static func largestStep(_ samples: some Sequence<Float>) -> Float {
    var (last, largest): (Float?, Float) = (nil, 0)
    for sample in samples {
      if let last { largest = max(largest, abs(sample - last)) }
      last = sample
    }
    return largest
  }

  /// - Parameters:
  ///   - target: has room for a deadline of 40 ms, which a debug build can meet on a busy machine.
  ///   - output: its `output:` line; nil: the card's loudspeaker.
  ///   - keys: the configuration's line `denoise:`.
  ///   - socket: its `control.socket`.
  init(
    target: Double = 130, output: String? = nil, keys: String = "bypass: yes",
    socket: String = "none"
  ) throws {
    self.target = target
    self.socket = socket
    card = VirtualCard(rate: Self.rate, sound: Self.sound)
    meter = DelayMeter(card)
    let base = """
      capture: {device: \(card.captureName)}
      latency: {target: \(target)}
      control: {socket: \(socket)}
      log: {level: debug}

      """
    configuration = URL(
      fileURLWithPath: NSTemporaryDirectory() + "hushd-live-\(UUID().uuidString).yaml")
    let speaker = "output: {device: \(card.playbackName), device_channels: 1, periods: 6}"
    text = {
      "\(base)\($0 ?? speaker)\ndenoise: {deadline: 40, \($1)}\n"
    }
    try Data(text(output, keys).utf8).write(to: configuration)
    daemon = try HushdProcess(
      ["--config", configuration.path, "--set", "denoise.model=\(TinyModel.path)"],
      environment: ["ALSA_CONFIG_PATH": ALSAConfiguration.path])
  }

  deinit { try? FileManager.default.removeItem(at: configuration) }

  /// Writes the configuration anew and has it read.
  func reload(output: String? = nil, keys: String) throws {
    let before = lines("reloaded ").count
    try Data(text(output, keys).utf8).write(to: configuration)
    kill(daemon.id, SIGHUP)
    try #require(wait { lines("reloaded ").count > before }, "\(daemon.errors)")
  }

  /// Lines of the log that hold `text`.
  func lines(_ text: String) -> [String] { daemon.errors.filter { $0.contains(text) } }

  /// Waits until it is so.
  func wait(seconds: Double = 10, until condition: () throws -> Bool) rethrows -> Bool {
    let end = VirtualCard.now() + UInt64(seconds * 1e9)
    while VirtualCard.now() < end {
      if try condition() { return true }
      usleep(5000)
    }
    return try condition()
  }

  /// The delay measured just now, in milliseconds; nil where what is played is not what was heard.
  func delay() -> Double? {
    guard let reading = meter.reading(seconds: 0.04, near: target), reading.likeness > 0.95
    else { return nil }
    return reading.milliseconds
  }

  var isOnTarget: Bool { delay().map { abs($0 - target) < 1 } ?? false }

  /// Waits until sound flows as late as it should.
  func start() throws {
    try #require(wait { isOnTarget }, "\(daemon.errors)")
  }

  /// The state and figures that it tells on SIGUSR1.
  func report() throws -> (status: String, figures: [String: String]) {
    let before = lines(" figures: ").count
    kill(daemon.id, SIGUSR1)
    try #require(wait { lines(" figures: ").count > before })
    let words = lines(" figures: ").last?.split(separator: " ").map { $0.split(separator: "=") }
    let pairs = (words ?? []).filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) }
    return (
      lines(" status: ").last ?? "", Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    )
  }

  /// The root mean square of what was just played.
  func level() -> Double {
    guard let (_, samples) = meter.played(seconds: 0.5, ago: 0.03) else { return 0 }
    return (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count))
      .squareRoot()
  }

  /// Open files of the daemon.
  var descriptors: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.id)/fd").count) ?? -1
  }
}
