import Spectral

extension GainCurve {
  /// Multiplies the bins of a spectrum, `count` of them.
  ///
  /// - Returns: the sums of the bins' powers before and after.
  func apply(to spectrum: Spectrum) -> (before: Float, after: Float) {
    let (re, im) = (spectrum.re, spectrum.im)
    var before = Lanes()
    var after = Lanes()
    var k = 0
    while k < turnedLanes {
      let (gain, turn) = (gains.lanes(at: k), turns.lanes(at: k))
      let (x, y) = (re.lanes(at: k), im.lanes(at: k))
      let power = x * x + y * y
      before += power
      after += power * (gain * gain + turn * turn)
      re.setLanes(x * gain - y * turn, at: k)
      im.setLanes(y * gain + x * turn, at: k)
      k &+= Lanes.scalarCount
    }
    while k &+ Lanes.scalarCount <= count {
      let gain = gains.lanes(at: k)
      let power =
        re.lanes(at: k) * re.lanes(at: k) + im.lanes(at: k) * im.lanes(at: k)
      before += power
      after += power * gain * gain
      re.setLanes(re.lanes(at: k) * gain, at: k)
      im.setLanes(im.lanes(at: k) * gain, at: k)
      k &+= Lanes.scalarCount
    }
    var (input, output) = (before.sum(), after.sum())
    while k < turnCount {
      let (x, y) = (re[k], im[k])
      let power = x * x + y * y
      input += power
      output += power * (gains[k] * gains[k] + turns[k] * turns[k])
      re[k] = x * gains[k] - y * turns[k]
      im[k] = y * gains[k] + x * turns[k]
      k &+= 1
    }
    while k < count {
      let power = re[k] * re[k] + im[k] * im[k]
      input += power
      output += power * gains[k] * gains[k]
      re[k] *= gains[k]
      im[k] *= gains[k]
      k &+= 1
    }
    return (input, output)
  }

  /// The sum of the magnitudes of so many bins from 0 Hz, each in 0...1 but for an imaginary part.
  func magnitude(upTo end: Int) -> Float {
    var sum: Float = 0
    var k = 0
    while k < min(turnCount, end) {
      sum += (gains[k] * gains[k] + turns[k] * turns[k]).squareRoot()
      k &+= 1
    }
    while k < end {
      sum += gains[k]
      k &+= 1
    }
    return sum
  }
}
