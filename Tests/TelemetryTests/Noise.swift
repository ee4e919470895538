import AudioIO
import Foundation

/// A sound file: two seconds of noise at 8 kHz.
enum Noise {
  static let path: String = {
    let path = NSTemporaryDirectory() + "hush-telemetry-\(getpid()).wav"
    var state: UInt64 = 7
    var bytes = Data()
    func add<T: FixedWidthInteger>(_ value: T) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    let count = 16_000
    bytes.append(contentsOf: "RIFF".utf8)
    add(UInt32(36 + 2 * count))
    bytes.append(contentsOf: "WAVEfmt ".utf8)
    add(UInt32(16))
    add(UInt16(1))
    add(UInt16(1))
    add(UInt32(8000))
    add(UInt32(16_000))
    add(UInt16(2))
    add(UInt16(16))
    bytes.append(contentsOf: "data".utf8)
    add(UInt32(2 * count))
    for _ in 0..<count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      add(Int16(truncatingIfNeeded: Int32(truncatingIfNeeded: state >> 32) / 262_144))
    }
    guard FileManager.default.createFile(atPath: path, contents: bytes) else {
      preconditionFailure("no file can be made in the directory for temporary ones")
    }
    atexit { unlink(Noise.path) }
    return path
  }()
}
