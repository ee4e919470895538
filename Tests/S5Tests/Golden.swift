import Foundation
import Testing

@testable import S5

/// One case of the folder Golden; `golden.py` in Training writes and explains them.
struct GoldenCase: Sendable, CustomTestStringConvertible {
  let name: String
  let model: Model
  let features: [Int16]
  let frames: Int
  let stages: [[String]]
  let masks: [String]

  var testDescription: String { name }

  static let all: [GoldenCase] = {
    let folder = Bundle.module.resourceURL!.appending(path: "Golden")
    let files = try! FileManager.default.contentsOfDirectory(atPath: folder.path)
    return files.filter { $0.hasSuffix(".json") }.sorted().map {
      try! GoldenCase(folder, String($0.dropLast(5)))
    }
  }()

  static func named(_ name: String) -> GoldenCase { all.first { $0.name == name }! }

  /// The bytes of the case's model file.
  static func bytes(_ name: String) -> [UInt8] {
    let folder = Bundle.module.resourceURL!.appending(path: "Golden")
    return try! [UInt8](Data(contentsOf: folder.appending(path: "\(name).safetensors")))
  }

  private init(_ folder: URL, _ name: String) throws {
    struct Stored: Decodable {
      let model: String
      let frames: Int
      let seed: UInt64?
      let stages: [[String]]
      let masks: [String]
    }
    let json = try Data(contentsOf: folder.appending(path: "\(name).json"))
    let stored = try JSONDecoder().decode(Stored.self, from: json)
    self.name = name
    model =
      stored.model == "file"
      ? try Model(path: folder.appending(path: "\(name).safetensors").path)
      : try Model.builtIn(named: stored.model)
    (frames, stages, masks) = (stored.frames, stored.stages, stored.masks)
    if let seed = stored.seed {
      features = goldenFeatures(seed, frames, model.architecture.features)
    } else {
      let bytes = try [UInt8](Data(contentsOf: folder.appending(path: "\(name).features")))
      features = (0..<bytes.count / 2).map {
        Int16(bitPattern: UInt16(bytes[2 * $0]) | UInt16(bytes[2 * $0 + 1]) << 8)
      }
    }
  }
}

/// What `golden.features` in Training makes of the same seed.
func goldenFeatures(_ seed: UInt64, _ frames: Int, _ count: Int) -> [Int16] {
  (0..<frames * count).map { i in
    var z = seed &+ UInt64(i + 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    let raw = Int16(bitPattern: UInt16(z >> 48))
    switch i / count % 4 {
    case 1: return raw >> 3
    case 2: return raw < 0 ? -32768 : 32767
    case 3: return raw >> 6
    default: return raw
    }
  }
}

/// FNV-1a, 64 bits, of numbers as little-endian int32.
struct Checksum {
  private var hashed: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ value: Int32) {
    let bits = UInt32(bitPattern: value)
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      hashed = (hashed ^ UInt64(bits >> shift & 255)) &* 0x100_0000_01B3
    }
  }

  var text: String {
    let digits = String(hashed, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// A checksum for each stage, over all steps.
struct ChecksumObserver: StageObserver {
  private(set) var order: [String] = []
  private(set) var sums: [String: Checksum] = [:]

  mutating func note<T: FixedWidthInteger>(
    _ stage: Stage, block: Int, _ values: UnsafePointer<T>, _ count: Int
  ) {
    let name = stage.name(block: block)
    if sums[name] == nil { order.append(name) }
    for i in 0..<count { sums[name, default: Checksum()].add(Int32(values[i])) }
  }
}

extension FixedPointNetwork {
  /// Any number of hops: [frames, features] to [frames, outputs].
  func run(_ features: [Int16]) -> [Int16] {
    let sizes = weights.architecture
    let frames = features.count / sizes.features
    var mask = [Int16](repeating: 0, count: frames * sizes.outputs)
    features.withUnsafeBufferPointer { features in
      mask.withUnsafeMutableBufferPointer { mask in
        for t in 0..<frames {
          step(
            features.baseAddress! + t * sizes.features, into: mask.baseAddress! + t * sizes.outputs)
        }
      }
    }
    return mask
  }
}
