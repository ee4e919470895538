/// How raw samples are laid out: on standard input and output there is no header to say so.
public enum SampleFormat: String, CaseIterable, Sendable {
  case s16le, s24le, s32le, f32le, s16be, s24be, s32be, f32be

  /// Bytes of one sample.
  public var width: Int {
    switch self {
    case .s16le, .s16be: 2
    case .s24le, .s24be: 3
    case .s32le, .s32be, .f32le, .f32be: 4
    }
  }

  public var isBigEndian: Bool {
    switch self {
    case .s16be, .s24be, .s32be, .f32be: true
    default: false
    }
  }

  public var isFloat: Bool { self == .f32le || self == .f32be }

  /// The file format with the same samples, for a file made from a stream.
  public var soundFormat: SoundFormat {
    let coding =
      switch self {
      case .s16le, .s16be: "16"
      case .s24le, .s24be: "24"
      case .s32le, .s32be: "32"
      case .f32le, .f32be: "float"
      }
    return SoundFormat(container: "wav", coding: coding) ?? .wav16
  }

  /// Bytes to samples, -1 ..< 1 for integers; `bytes.count` is `samples.count * width`.
  func decode(_ bytes: UnsafeRawBufferPointer, into samples: UnsafeMutableBufferPointer<Float>) {
    let width = self.width
    for i in 0..<samples.count {
      var word: UInt32 = 0
      for k in 0..<width {
        let byte = UInt32(bytes[i * width + (isBigEndian ? k : width - 1 - k)])
        word = word << 8 | byte
      }
      if isFloat {
        samples[i] = Float(bitPattern: word)
      } else {
        let left = Int32(bitPattern: word << UInt32(32 - 8 * width))
        samples[i] = Float(left) * 0x1p-31
      }
    }
  }

  /// Samples to bytes, rounded and cut to full scale; says how many were beyond it.
  func encode(
    _ samples: UnsafeBufferPointer<Float>, into bytes: UnsafeMutableRawBufferPointer
  ) -> Int {
    let width = self.width
    let scale = Double(1 << (8 * width - 1))
    var clipped = 0
    for i in 0..<samples.count {
      var word: UInt32
      if isFloat {
        word = samples[i].bitPattern
      } else {
        let value = (Double(samples[i]) * scale).rounded(.toNearestOrEven)
        if value > scale || value < -scale { clipped += 1 }
        word = UInt32(bitPattern: Int32(max(-scale, min(scale - 1, value))))
      }
      for k in 0..<width {
        bytes[i * width + (isBigEndian ? width - 1 - k : k)] = UInt8(truncatingIfNeeded: word)
        word >>= 8
      }
    }
    return clipped
  }
}
