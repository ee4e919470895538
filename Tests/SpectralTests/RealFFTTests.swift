import Glibc
import Testing

@testable import Spectral

@Suite struct RealFFTTests {
  /// The windows of the common rates, and sizes whose first strides are shorter than a vector.
  static let sizes = [
    16, 18, 20, 22, 30, 42, 50, 66, 98, 100, 150, 242, 250, 256, 352, 384, 462, 512, 704, 768,
    1024, 1408, 1536, 2816, 3072, 5632, 6144,
  ]

  struct Bins {
    var re: [Float]
    var im: [Float]
  }

  static func forward(_ samples: [Float]) -> Bins {
    let count = samples.count / 2 + 1
    var bins = Bins(re: Array(repeating: 0, count: count), im: Array(repeating: 0, count: count))
    RealFFT(size: samples.count).forward(samples, re: &bins.re, im: &bins.im)
    return bins
  }

  @Test(arguments: sizes)
  func matchesTheDefinition(size: Int) {
    var noise = Noise(seed: UInt64(size))
    let samples = noise.samples(size)
    let bins = Self.forward(samples)
    let cosines = (0..<size).map { cos(2 * Double.pi * Double($0) / Double(size)) }
    let sines = (0..<size).map { sin(2 * Double.pi * Double($0) / Double(size)) }
    // All bins of the small sizes; of the large ones both ends, the middle, and some between.
    let step = max(1, size / 64)
    var checked = Set(Swift.stride(from: 0, through: size / 2, by: step))
    checked.formUnion([1, 2, size / 4 - 1, size / 4, size / 4 + 1, size / 2 - 1, size / 2])
    let tolerance = 4e-7 * Double(size).squareRoot() * 4
    for k in checked {
      var (re, im) = (0.0, 0.0)
      var phase = 0
      for n in 0..<size {
        re += Double(samples[n]) * cosines[phase]
        im -= Double(samples[n]) * sines[phase]
        phase += k
        if phase >= size { phase -= size }
      }
      #expect(abs(Double(bins.re[k]) - re) < tolerance, "bin \(k)")
      #expect(abs(Double(bins.im[k]) - im) < tolerance, "bin \(k)")
    }
  }

  @Test(arguments: sizes)
  func inverseUndoesForward(size: Int) {
    var noise = Noise(seed: UInt64(size) + 1)
    let samples = noise.samples(size)
    let bins = Self.forward(samples)
    var back = [Float](repeating: 0, count: size)
    RealFFT(size: size).inverse(re: bins.re, im: bins.im, into: &back)
    let error = zip(samples, back).map { abs($0 - $1) }.max()!
    #expect(error < 1e-6)
  }

  @Test(arguments: sizes)
  func keepsTheEnergy(size: Int) {
    var noise = Noise(seed: UInt64(size) + 2)
    let samples = noise.samples(size)
    let bins = Self.forward(samples)
    var spectral = 0.0
    for k in 0...size / 2 {
      let power = Double(bins.re[k] * bins.re[k] + bins.im[k] * bins.im[k])
      spectral += k == 0 || k == size / 2 ? power : 2 * power
    }
    let temporal = samples.reduce(0.0) { $0 + Double($1 * $1) } * Double(size)
    #expect(abs(spectral / temporal - 1) < 1e-5)
  }

  @Test func knowsWhatItCanPlan() {
    for size in Self.sizes { #expect(RealFFT.supports(size)) }
    for size in [-2, 0, 2, 14, 17, 26, 27, 34, 1412] { #expect(!RealFFT.supports(size)) }
  }
}
