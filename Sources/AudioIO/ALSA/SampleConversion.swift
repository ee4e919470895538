/// Between a device's samples and `Float`, full scale ±1, with any distance between samples. It
/// allocates nothing and takes no lock.
///
/// Integers of up to 24 bits come back from `decode` and `encode` unchanged.
enum SampleConversion {
  /// Reads `count` samples, `sourceStride` bytes apart, to `target`, `targetStride` floats apart.
  static func decode(
    _ format: PCMFormat, _ source: UnsafeRawPointer, sourceStride: Int,
    to target: UnsafeMutablePointer<Float>, targetStride: Int, count: Int
  ) {
    // With both distances constants the compiler can take many samples at a time.
    let packed = sourceStride == format.width && targetStride == 1
    switch format {
    case .s16:
      packed
        ? decode16(source, 2, target, 1, count)
        : decode16(source, sourceStride, target, targetStride, count)
    case .s24:
      packed
        ? decode32(source, 4, target, 1, count, shift: 8)
        : decode32(source, sourceStride, target, targetStride, count, shift: 8)
    case .s32:
      packed
        ? decode32(source, 4, target, 1, count, shift: 0)
        : decode32(source, sourceStride, target, targetStride, count, shift: 0)
    case .s24in3:
      decode24(source, sourceStride, target, targetStride, count)
    case .float:
      packed
        ? target.update(from: source.assumingMemoryBound(to: Float.self), count: count)
        : copyFloats(source, sourceStride, target, targetStride, count)
    }
  }

  @inline(__always)
  private static func decode16(
    _ source: UnsafeRawPointer, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ stride: Int,
    _ count: Int
  ) {
    for i in 0..<count {
      let value = source.load(fromByteOffset: i &* step, as: Int16.self)
      target[i &* stride] = Float(value) * 0x1p-15
    }
  }

  @inline(__always)
  private static func decode32(
    _ source: UnsafeRawPointer, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ stride: Int,
    _ count: Int, shift: Int32
  ) {
    for i in 0..<count {
      // What a device leaves in the upper byte of its 24 bits is shifted out.
      let value = source.load(fromByteOffset: i &* step, as: Int32.self) &<< shift
      target[i &* stride] = Float(value) * 0x1p-31
    }
  }

  private static func decode24(
    _ source: UnsafeRawPointer, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ stride: Int,
    _ count: Int
  ) {
    for i in 0..<count {
      let at = source + i &* step
      let low = UInt32(at.load(as: UInt8.self))
      let middle = UInt32(at.load(fromByteOffset: 1, as: UInt8.self))
      let high = UInt32(at.load(fromByteOffset: 2, as: UInt8.self))
      let value = Int32(bitPattern: low &<< 8 | middle &<< 16 | high &<< 24)
      target[i &* stride] = Float(value) * 0x1p-31
    }
  }

  private static func copyFloats(
    _ source: UnsafeRawPointer, _ step: Int, _ target: UnsafeMutablePointer<Float>, _ stride: Int,
    _ count: Int
  ) {
    for i in 0..<count {
      target[i &* stride] = source.load(fromByteOffset: i &* step, as: Float.self)
    }
  }

  /// Writes `count` samples, `sourceStride` floats apart, to `target`, `targetStride` bytes apart.
  ///
  /// Integers are rounded to the nearest step; what is beyond full scale becomes full scale, and
  /// what is no number becomes 0. With `dither`, 16-bit samples that lie between two steps get
  /// triangular noise of ±1 step before rounding, so that quiet sound fades out instead of turning
  /// to grit; those on a step stay as they are, so silence stays silence and a 16-bit source that
  /// is passed through comes out to the bit.
  static func encode(
    _ format: PCMFormat, _ source: UnsafePointer<Float>, sourceStride: Int,
    to target: UnsafeMutableRawPointer, targetStride: Int, count: Int, dither: inout Dither
  ) {
    let packed = targetStride == format.width && sourceStride == 1
    switch format {
    case .s16:
      packed
        ? encode16(source, 1, target, 2, count, &dither)
        : encode16(source, sourceStride, target, targetStride, count, &dither)
    case .s24:
      packed
        ? encode32(source, 1, target, 4, count, scale: 0x1p23)
        : encode32(source, sourceStride, target, targetStride, count, scale: 0x1p23)
    case .s32:
      packed
        ? encode32(source, 1, target, 4, count, scale: 0x1p31)
        : encode32(source, sourceStride, target, targetStride, count, scale: 0x1p31)
    case .s24in3:
      encode24(source, sourceStride, target, targetStride, count)
    case .float:
      for i in 0..<count {
        let value = source[i &* sourceStride]
        let limited = value > 1 ? 1 : value < -1 ? -1 : value
        target.storeBytes(
          of: limited == limited ? limited : 0, toByteOffset: i &* targetStride, as: Float.self)
      }
    }
  }

  /// To the nearest integer step; `value` in steps.
  @inline(__always)
  private static func rounded(_ value: Double, scale: Double) -> Int32 {
    let low = value < -scale ? -scale : value
    let limited = low > scale - 1 ? scale - 1 : low
    // Adding 1.5 * 2^52 leaves the rounded integer in the lowest bits: without a call into libm,
    // and many samples at a time. NaN, for which no comparison holds, becomes 0.
    let number = limited == limited ? limited : 0
    return Int32(truncatingIfNeeded: Int64(bitPattern: (number + 0x1.8p52).bitPattern))
  }

  @inline(__always)
  private static func encode16(
    _ source: UnsafePointer<Float>, _ stride: Int, _ target: UnsafeMutableRawPointer, _ step: Int,
    _ count: Int, _ dither: inout Dither
  ) {
    for i in 0..<count {
      let value = Double(source[i &* stride]) * 0x1p15
      let noise = dither.isOn ? dither.next() : 0
      let nearest = rounded(value, scale: 0x1p15)
      let result = Double(nearest) == value ? nearest : rounded(value + noise, scale: 0x1p15)
      target.storeBytes(
        of: Int16(truncatingIfNeeded: result), toByteOffset: i &* step, as: Int16.self)
    }
  }

  @inline(__always)
  private static func encode32(
    _ source: UnsafePointer<Float>, _ stride: Int, _ target: UnsafeMutableRawPointer, _ step: Int,
    _ count: Int, scale: Double
  ) {
    for i in 0..<count {
      let value = rounded(Double(source[i &* stride]) * scale, scale: scale)
      target.storeBytes(of: value, toByteOffset: i &* step, as: Int32.self)
    }
  }

  private static func encode24(
    _ source: UnsafePointer<Float>, _ stride: Int, _ target: UnsafeMutableRawPointer, _ step: Int,
    _ count: Int
  ) {
    for i in 0..<count {
      let value = UInt32(
        bitPattern: rounded(Double(source[i &* stride]) * 0x1p23, scale: 0x1p23))
      let at = i &* step
      target.storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: at, as: UInt8.self)
      target.storeBytes(
        of: UInt8(truncatingIfNeeded: value >> 8), toByteOffset: at &+ 1, as: UInt8.self)
      target.storeBytes(
        of: UInt8(truncatingIfNeeded: value >> 16), toByteOffset: at &+ 2, as: UInt8.self)
    }
  }
}

/// Noise of triangular density, ±1 step, for rounding to few bits.
struct Dither {
  var isOn: Bool
  private var state: UInt32 = 0x9e37_79b9

  init(isOn: Bool) { self.isOn = isOn }

  /// The difference of two even distributions; in steps.
  @inline(__always)
  mutating func next() -> Double {
    // xorshift32 (Marsaglia): long enough a cycle for noise at -96 dB, and two 16-bit halves.
    state ^= state &<< 13
    state ^= state &>> 17
    state ^= state &<< 5
    return (Double(state &>> 16) - Double(state & 0xffff)) * 0x1p-16
  }
}
