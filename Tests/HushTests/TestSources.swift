import ModelSupport
import S5

@testable import Hush

/// The same gain for every bin, always.
final class ConstantMask: MaskSource {
  let value: Int16
  init(_ value: Int16) { self.value = value }
  func step(
    _ features: UnsafePointer<Int16>, into mask: UnsafeMutablePointer<Int16>, by cutoff: Cutoff
  ) -> Bool {
    mask.update(repeating: value, count: 257)
    return true
  }
  func reset() {}
}

/// A mask that depends on everything it has heard since the reset: any difference in the features
/// of any hop shows in all later masks.
final class RememberingMask: MaskSource {
  private var memory = [Int32](repeating: 0, count: 257)
  func step(
    _ features: UnsafePointer<Int16>, into mask: UnsafeMutablePointer<Int16>, by cutoff: Cutoff
  ) -> Bool {
    for k in 0..<257 {
      memory[k] = (memory[k] &* 31 &+ Int32(features[k])) & 0x7FFF
      mask[k] = Int16(memory[k])
    }
    return true
  }
  func reset() { for k in 0..<257 { memory[k] = 0 } }
}

/// The same gain for every bin, always, and the presence of speech as it is told to.
final class Ear: MaskSource {
  private let value: Int16
  private let presence: (Int) -> Float?
  private var steps = 0

  /// - Parameter presence: in hop n; nil: the mask does not come.
  init(_ value: Int16, _ presence: @escaping (Int) -> Float?) {
    (self.value, self.presence) = (value, presence)
  }

  func step(
    _ features: UnsafePointer<Int16>, into mask: UnsafeMutablePointer<Int16>, by cutoff: Cutoff
  ) -> Bool {
    defer { steps += 1 }
    guard let told = presence(steps) else { return false }
    mask.update(repeating: value, count: 257)
    mask[257] = Int16(told * 32767)
    return true
  }

  func reset() { steps = 0 }
}

extension Denoiser {
  /// - Parameter path: the model's file, for its front end; nil: one with gains alone.
  static func with(
    rate: Int = 16000, channels: Int = 1, path: String? = nil, _ source: () -> any MaskSource
  ) throws -> Denoiser {
    let model = try Model(path: path ?? TinyModel.path)
    return try Denoiser(model: model, rate: rate, channels: channels, source: source)
  }

  /// Processes in calls of the given numbers of frames, over and over.
  func process(_ samples: [Float], chunks: [Int]) -> [Float] {
    var output: [Float] = []
    var (start, call) = (0, 0)
    while start < samples.count {
      let end = min(start + chunks[call % chunks.count] * channels, samples.count)
      output += process(Array(samples[start..<end]))
      start = end
      call += 1
    }
    return output
  }
}

/// Numbers that look random and are the same in every run.
struct Noise {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 2 &+ 1 }

  /// Between -1 and 1.
  mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
  }

  static func samples(_ count: Int, seed: UInt64 = 1) -> [Float] {
    var noise = Noise(seed: seed)
    return (0..<count).map { _ in noise.next() }
  }
}

/// The greatest second difference: how sharp the sharpest corner is.
func sharpness(_ samples: some Collection<Float>) -> Float {
  let all = Array(samples)
  var sharpest: Float = 0
  for n in 2..<all.count {
    let before: Float = all[n - 1] - all[n - 2]
    let after: Float = all[n] - all[n - 1]
    sharpest = max(sharpest, abs(after - before))
  }
  return sharpest
}
