typealias Lanes = SIMD4<Float>

extension Lanes {
  /// The decimal logarithms of four positive normal numbers, within 5e-6 of the truth.
  ///
  /// Splits each number into 2^e m with m between sqrt(1/2) and sqrt(2), and sums
  /// ln m = 2 artanh((m - 1) / (m + 1)) up to the seventh power of the quotient, which is
  /// at most 0.172: what is left off is under 4e-8.
  @inline(__always)
  var log10: Lanes {
    let rootHalf: Int32 = 0x3F35_04F3  // The bits of sqrt(1/2).
    let bits = unsafeBitCast(self, to: SIMD4<Int32>.self) &- SIMD4<Int32>(repeating: rootHalf)
    // Shifting a number below 1 rounds its negative exponent down, as it should.
    let exponent = bits &>> SIMD4<Int32>(repeating: 23)
    let mantissa = unsafeBitCast(
      (bits & SIMD4<Int32>(repeating: 0x007F_FFFF)) &+ SIMD4<Int32>(repeating: rootHalf),
      to: Lanes.self)
    let quotient = (mantissa - Lanes(repeating: 1)) / (mantissa + Lanes(repeating: 1))
    let square = quotient * quotient
    var series = square * (1 / 7 as Float) + (1 / 5 as Float)
    series = series * square + (1 / 3 as Float)
    series = series * square + (1 as Float)
    let fraction = quotient * series * (0.868_588_964 as Float)
    let whole = exponent.asFloats * (0.301_029_996 as Float)
    return whole + fraction
  }

  /// The nearest integers, ties to even, of numbers smaller than 2^22.
  ///
  /// Adding 1.5 * 2^23 leaves no bits for a fraction, so the addition itself rounds.
  @inline(__always)
  var roundedToInt32: SIMD4<Int32> {
    let shifted = unsafeBitCast(self + roundingShift, to: SIMD4<Int32>.self)
    return shifted &- SIMD4<Int32>(repeating: Int32(bitPattern: roundingShift.bitPattern))
  }
}

extension SIMD4<Int32> {
  /// The same integers, if smaller than 2^22; the inverse of `roundedToInt32`.
  @inline(__always)
  fileprivate var asFloats: Lanes {
    let bits = self &+ SIMD4<Int32>(repeating: Int32(bitPattern: roundingShift.bitPattern))
    return unsafeBitCast(bits, to: Lanes.self) - roundingShift
  }
}

private let roundingShift: Float = 12_582_912

extension UnsafeMutablePointer<Float> {
  @inline(__always)
  func lanes(at index: Int) -> Lanes {
    UnsafeRawPointer(self + index).loadUnaligned(as: Lanes.self)
  }

  @inline(__always)
  func setLanes(_ value: Lanes, at index: Int) {
    UnsafeMutableRawPointer(self + index).storeBytes(of: value, as: Lanes.self)
  }
}
