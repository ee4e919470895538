/// The unit of vector work. Four floats fill one register of every 64-bit target's baseline.
typealias Lanes = SIMD4<Float>

/// Four complex numbers side by side, real parts apart from imaginary parts.
struct ComplexLanes {
  var re: Lanes
  var im: Lanes

  @inline(__always)
  init(re: Lanes, im: Lanes) {
    self.re = re
    self.im = im
  }

  @inline(__always)
  static func + (a: Self, b: Self) -> Self { Self(re: a.re + b.re, im: a.im + b.im) }

  @inline(__always)
  static func - (a: Self, b: Self) -> Self { Self(re: a.re - b.re, im: a.im - b.im) }

  @inline(__always)
  static func * (a: Self, b: Self) -> Self {
    Self(re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re)
  }

  @inline(__always)
  static func * (a: Self, b: Float) -> Self { Self(re: a.re * b, im: a.im * b) }

  /// The product with i.
  @inline(__always)
  var timesI: Self { Self(re: Lanes() - im, im: re) }

  /// The product with -i.
  @inline(__always)
  var timesMinusI: Self { Self(re: im, im: Lanes() - re) }

  @inline(__always)
  var conjugate: Self { Self(re: re, im: Lanes() - im) }

  /// The same four numbers in the opposite order.
  @inline(__always)
  var reversed: Self {
    Self(
      re: Lanes(re[3], re[2], re[1], re[0]),
      im: Lanes(im[3], im[2], im[1], im[0]))
  }
}
