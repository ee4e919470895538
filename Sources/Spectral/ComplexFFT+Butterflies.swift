// The butterflies of each radix. All walk vectors along the stride. A stride that vectors do not
// divide costs nothing in correctness: its last vector overlaps the one before and computes the
// same numbers again; and a stride shorter than a vector spills into the numbers that follow,
// which are written afterwards because outputs are stored in ascending order.

extension ComplexFFT.Pass {
  /// The offset of the vector after the one at `q`; `stride` after the last.
  @inline(__always)
  private func offset(after q: Int) -> Int {
    let following = q &+ Lanes.scalarCount
    return following >= stride ? stride : min(following, stride &- Lanes.scalarCount)
  }

  func radix2(from x: SplitComplex, to y: SplitComplex) {
    var p = 0
    while p < columns {
      let w = twiddles.splat(p)
      var q = 0
      while q < stride {
        let a = x.load(q &+ stride &* p)
        let b = x.load(q &+ stride &* (p &+ columns))
        let at = q &+ stride &* 2 &* p
        y.store(a + b, at: at)
        y.store((a - b) * w, at: at &+ stride)
        q = offset(after: q)
      }
      p &+= 1
    }
  }

  func radix3(from x: SplitComplex, to y: SplitComplex) {
    let sine: Float = 0.866_025_4  // of 2 pi / 3
    var p = 0
    while p < columns {
      let w1 = twiddles.splat(2 &* p)
      let w2 = twiddles.splat(2 &* p &+ 1)
      var q = 0
      while q < stride {
        let a = x.load(q &+ stride &* p)
        let b = x.load(q &+ stride &* (p &+ columns))
        let c = x.load(q &+ stride &* (p &+ 2 &* columns))
        let sum = b + c
        let middle = a - sum * 0.5
        let turned = (b - c).timesMinusI * sine
        let at = q &+ stride &* 3 &* p
        y.store(a + sum, at: at)
        y.store((middle + turned) * w1, at: at &+ stride)
        y.store((middle - turned) * w2, at: at &+ 2 &* stride)
        q = offset(after: q)
      }
      p &+= 1
    }
  }

  func radix4(from x: SplitComplex, to y: SplitComplex) {
    var p = 0
    while p < columns {
      let w1 = twiddles.splat(3 &* p)
      let w2 = twiddles.splat(3 &* p &+ 1)
      let w3 = twiddles.splat(3 &* p &+ 2)
      var q = 0
      while q < stride {
        let (y0, y1, y2, y3) = fourPoints(of: x, at: q &+ stride &* p)
        let at = q &+ stride &* 4 &* p
        y.store(y0, at: at)
        if p == 0 {  // Its twiddles are 1; in the last pass this is every butterfly.
          y.store(y1, at: at &+ stride)
          y.store(y2, at: at &+ 2 &* stride)
          y.store(y3, at: at &+ 3 &* stride)
        } else {
          y.store(y1 * w1, at: at &+ stride)
          y.store(y2 * w2, at: at &+ 2 &* stride)
          y.store(y3 * w3, at: at &+ 3 &* stride)
        }
        q = offset(after: q)
      }
      p &+= 1
    }
  }

  /// The first pass, where the stride is 1: four columns make a vector, and a four by four
  /// transposition puts each column's outputs side by side.
  func radix4Transposing(from x: SplitComplex, to y: SplitComplex) {
    var p = 0
    while p < columns {
      let (y0, s1, s2, s3) = fourPoints(of: x, at: p)
      let y1 = s1 * twiddles.load(p)
      let y2 = s2 * twiddles.load(p &+ columns)
      let y3 = s3 * twiddles.load(p &+ 2 &* columns)
      (y.re + 4 &* p).setTransposed(y0.re, y1.re, y2.re, y3.re)
      (y.im + 4 &* p).setTransposed(y0.im, y1.im, y2.im, y3.im)
      p &+= Lanes.scalarCount
    }
  }

  @inline(__always)
  private func fourPoints(
    of x: SplitComplex, at first: Int
  ) -> (ComplexLanes, ComplexLanes, ComplexLanes, ComplexLanes) {
    let step = stride &* columns
    let a = x.load(first)
    let b = x.load(first &+ step)
    let c = x.load(first &+ 2 &* step)
    let d = x.load(first &+ 3 &* step)
    let even = (a + c, a - c)
    let odd = (b + d, (b - d).timesMinusI)
    return (even.0 + odd.0, even.1 + odd.1, even.0 - odd.0, even.1 - odd.1)
  }

  /// Five, seven and eleven points. Outputs j and radix - j are the sum and the difference of the
  /// same two halves, so each half is computed once; the differences wait in `scratch` because
  /// stores must ascend.
  func oddRadix(from x: SplitComplex, to y: SplitComplex, scratch: SplitComplex) {
    let half = radix / 2
    let width = Lanes.scalarCount
    // Sums and differences of mirrored inputs, then the outputs that wait.
    let (sums, differences, waiting) = (0, half &* width, 2 &* half &* width)
    var p = 0
    while p < columns {
      let firstTwiddle = p &* (radix &- 1) &- 1
      var q = 0
      while q < stride {
        let origin = q &+ stride &* p
        let step = stride &* columns
        let a = x.load(origin)
        var total = a
        var k = 1
        while k <= half {
          let b = x.load(origin &+ k &* step)
          let c = x.load(origin &+ (radix &- k) &* step)
          total = total + (b + c)
          scratch.store(b + c, at: sums &+ (k &- 1) &* width)
          scratch.store(b - c, at: differences &+ (k &- 1) &* width)
          k &+= 1
        }
        let at = q &+ stride &* radix &* p
        y.store(total, at: at)
        var j = 1
        while j <= half {
          var cosines = a
          var sines = ComplexLanes(re: Lanes(), im: Lanes())
          k = 0
          while k < half {
            let rotation = (j &- 1) &* half &+ k
            cosines =
              cosines + scratch.load(sums &+ k &* width) * rotations.re[rotation]
            sines =
              sines + scratch.load(differences &+ k &* width) * rotations.im[rotation]
            k &+= 1
          }
          sines = sines.timesMinusI
          let w = twiddles.splat(firstTwiddle &+ j)
          y.store((cosines + sines) * w, at: at &+ j &* stride)
          scratch.store(cosines - sines, at: waiting &+ (j &- 1) &* width)
          j &+= 1
        }
        while j < radix {
          let w = twiddles.splat(firstTwiddle &+ j)
          let output = scratch.load(waiting &+ (radix &- j &- 1) &* width)
          y.store(output * w, at: at &+ j &* stride)
          j &+= 1
        }
        q = offset(after: q)
      }
      p &+= 1
    }
  }
}

extension UnsafeMutablePointer<Float> {
  /// Writes the columns of the matrix whose rows are given, one after another.
  ///
  /// Picking lanes out of the rows would make the compiler compute the sums that lead here lane by
  /// lane, too. So the rows are mixed as pairs of floats, by whole registers (little-endian).
  @inline(__always)
  fileprivate func setTransposed(_ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes) {
    let (ab, cd) = (a.mixed(b), c.mixed(d))
    setPair(ab.even[0], at: 0)
    setPair(cd.even[0], at: 2)
    setPair(ab.odd[0], at: 4)
    setPair(cd.odd[0], at: 6)
    setPair(ab.even[1], at: 8)
    setPair(cd.even[1], at: 10)
    setPair(ab.odd[1], at: 12)
    setPair(cd.odd[1], at: 14)
  }

  /// Two floats.
  @inline(__always)
  private func setPair(_ pair: UInt64, at index: Int) {
    UnsafeMutableRawPointer(self + index).storeBytes(of: pair, as: UInt64.self)
  }
}

extension Lanes {
  /// Pairs of a lane of this and the same lane of the other: lanes 0 and 2, and lanes 1 and 3.
  @inline(__always)
  fileprivate func mixed(_ other: Lanes) -> (even: SIMD2<UInt64>, odd: SIMD2<UInt64>) {
    let a = unsafeBitCast(self, to: SIMD2<UInt64>.self)
    let b = unsafeBitCast(other, to: SIMD2<UInt64>.self)
    let low = SIMD2<UInt64>(repeating: 0xFFFF_FFFF)
    let half = SIMD2<UInt64>(repeating: 32)
    return ((a & low) | (b &<< half), (a &>> half) | (b & ~low))
  }
}
