import Glibc

/// A discrete Fourier transform of `size` real samples to `size / 2 + 1` complex bins and back.
///
/// The samples are taken in pairs as complex numbers, which halves the transform; see
/// W. H. Press et al., Numerical Recipes, 3rd ed., section 12.3.
///
/// All memory is allocated by `init`. One instance serves one thread at a time.
public final class RealFFT {
  /// How many samples.
  public let size: Int

  private let fft: ComplexFFT
  /// exp(-2 pi i k / size) for the first half of the bins.
  private let turns: SplitComplex

  /// Whether `size` can be planned: even, at least 16, and a product of 2, 3, 5, 7 and 11.
  public static func supports(_ size: Int) -> Bool {
    size >= 16 && size.isMultiple(of: 2) && ComplexFFT.supports(size)
  }

  /// - Precondition: `supports(size)`.
  public init(size: Int) {
    precondition(Self.supports(size), "a real FFT's size must be even, 16 or more, and smooth")
    self.size = size
    fft = ComplexFFT(size: size / 2)
    turns = SplitComplex(count: size / 4 + 1)
    for k in 0..<(size / 4 + 1 + SplitComplex.padding) {
      let angle = -2 * Double.pi * Double(k) / Double(size)
      turns.re[k] = Float(cos(angle))
      turns.im[k] = Float(sin(angle))
    }
  }

  deinit { turns.deallocate() }

  /// X[k] = sum over n of x[n] exp(-2 pi i k n / size), unscaled.
  ///
  /// - Parameters:
  ///   - samples: `size` samples.
  ///   - re: room for the real parts of `size / 2 + 1` bins.
  ///   - im: room for the imaginary parts; those of the first and last bin become 0.
  public func forward(
    _ samples: UnsafePointer<Float>,
    re: UnsafeMutablePointer<Float>, im: UnsafeMutablePointer<Float>
  ) {
    let half = size / 2
    fft.input.setPairs(samples, count: half)
    fft.run()
    let z = fft.output
    let x = SplitComplex(re: re, im: im)
    // Bins k and half - k come from the same two numbers. Around the middle vectors overlap and
    // write bins twice.
    var k = 1
    while k <= half / 2 {
      let mirror = half &- k &- (Lanes.scalarCount &- 1)
      let a = z.load(k)
      let b = z.load(mirror).reversed.conjugate
      let even = (a + b) * 0.5
      let odd = (a - b).timesMinusI * 0.5 * turns.load(k)
      x.store((even - odd).conjugate.reversed, at: mirror)
      x.store(even + odd, at: k)
      k &+= Lanes.scalarCount
    }
    re[0] = z.re[0] + z.im[0]
    im[0] = 0
    re[half] = z.re[0] - z.im[0]
    im[half] = 0
  }

  /// The inverse of `forward`, scaled so that the two in a row change nothing.
  ///
  /// - Parameters:
  ///   - re: the real parts of `size / 2 + 1` bins.
  ///   - im: the imaginary parts; those of the first and last bin are not read.
  ///   - samples: room for `size` samples.
  public func inverse(
    re: UnsafePointer<Float>, im: UnsafePointer<Float>,
    into samples: UnsafeMutablePointer<Float>
  ) {
    let half = size / 2
    let scale = 1 / Float(size)
    let z = fft.input.exchanged
    var k = 1
    while k <= half / 2 {
      let mirror = half &- k &- (Lanes.scalarCount &- 1)
      let a = ComplexLanes(re: re.lanes(at: k), im: im.lanes(at: k))
      let b = ComplexLanes(re: re.lanes(at: mirror), im: im.lanes(at: mirror))
        .reversed.conjugate
      let even = (a + b) * scale
      let odd = ((a - b) * scale * turns.load(k).conjugate).timesI
      z.store((even - odd).conjugate.reversed, at: mirror)
      z.store(even + odd, at: k)
      k &+= Lanes.scalarCount
    }
    z.re[0] = (re[0] + re[half]) * scale
    z.im[0] = (re[0] - re[half]) * scale
    fft.run()
    fft.output.exchanged.pairs(into: samples, count: half)
  }
}

extension SplitComplex {
  /// Even samples become real parts, odd ones imaginary parts.
  @inline(__always)
  fileprivate func setPairs(_ samples: UnsafePointer<Float>, count: Int) {
    let whole = count & ~(Lanes.scalarCount &- 1)
    var i = 0
    while i < whole {
      let a = samples.lanes(at: 2 &* i)
      let b = samples.lanes(at: 2 &* i &+ Lanes.scalarCount)
      re.setLanes(Lanes(a[0], a[2], b[0], b[2]), at: i)
      im.setLanes(Lanes(a[1], a[3], b[1], b[3]), at: i)
      i &+= Lanes.scalarCount
    }
    while i < count {
      re[i] = samples[2 &* i]
      im[i] = samples[2 &* i &+ 1]
      i &+= 1
    }
  }

  /// The opposite of `setPairs`.
  @inline(__always)
  fileprivate func pairs(into samples: UnsafeMutablePointer<Float>, count: Int) {
    let whole = count & ~(Lanes.scalarCount &- 1)
    var i = 0
    while i < whole {
      let a = re.lanes(at: i)
      let b = im.lanes(at: i)
      samples.setLanes(Lanes(a[0], b[0], a[1], b[1]), at: 2 &* i)
      samples.setLanes(Lanes(a[2], b[2], a[3], b[3]), at: 2 &* i &+ Lanes.scalarCount)
      i &+= Lanes.scalarCount
    }
    while i < count {
      samples[2 &* i] = re[i]
      samples[2 &* i &+ 1] = im[i]
      i &+= 1
    }
  }
}
