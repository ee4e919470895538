import Foundation
import Hush
import S5

/// A model at work on whole sounds.
struct Listener {
  /// The models that are listened to: those built in, or files of one's own:
  /// `HUSH_MODELS=a.safetensors:b.safetensors swift test --filter SoundTests`.
  static let names = files ?? Model.builtInNames
  private static let files = ProcessInfo.processInfo.environment["HUSH_MODELS"].map {
    $0.split(separator: ":").map(String.init)
  }

  let name: String
  private let denoiser: Denoiser

  init(_ name: String) throws {
    self.name = name
    denoiser = try Denoiser(model: Self.model(name), rate: Speech.rate, channels: 1)
  }

  /// - Parameter name: one of `names`.
  static func model(_ name: String) throws -> Model {
    try files == nil ? .builtIn(named: name) : Model(path: name)
  }

  /// The sound denoised from a fresh start, in time with the input.
  func denoise(_ samples: [Float]) -> [Float] {
    denoiser.reset()
    let late = denoiser.latency
    return Array(denoiser.process(samples + [Float](repeating: 0, count: late)).dropFirst(late))
  }

  /// The presence of speech at the end of every hop.
  func presences(_ samples: [Float]) -> [(end: Int, presence: Float)] {
    denoiser.reset()
    let hop = denoiser.hop
    return stride(from: hop, through: samples.count, by: hop).map { end in
      _ = denoiser.process(Array(samples[end - hop..<end]))
      return (end, denoiser.lastHop.presence ?? -1)
    }
  }

  /// Tells what was measured, where somebody asks for it: `HUSH_SOUND=1 swift test --filter SoundTests`.
  func tell(_ line: @autoclosure () -> String) {
    if ProcessInfo.processInfo.environment["HUSH_SOUND"] != nil { print("\(name): \(line())") }
  }
}

func tenths(_ value: Double) -> String { String(format: "%.1f", value) }
