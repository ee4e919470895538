import Glibc
import S5
import Spectral
import Testing

@testable import Hush

@Suite struct FeatureExtractorTests {
  @Test func logarithmIsAccurate() {
    var worst = 0.0
    // From the floor to the power of the loudest admitted sample, and through every mantissa.
    var exponent = -10.0
    while exponent < 20 {
      let numbers = Lanes(
        Float(pow(10, exponent)), Float(pow(10, exponent + 0.0003)),
        Float(pow(2, (exponent * 3.3).rounded())), Float(pow(10, exponent)).nextDown)
      let logarithms = numbers.log10
      for lane in 0..<4 {
        worst = max(worst, abs(Double(logarithms[lane]) - log10(Double(numbers[lane]))))
      }
      exponent += 0.00731
    }
    #expect(worst < 5e-6)
  }

  @Test func roundsTiesToEven() {
    let rounded = Lanes(0.5, 1.5, -2.5, -0.5).roundedToInt32
    #expect(rounded == SIMD4<Int32>(0, 2, -2, 0))
    #expect(Lanes(32767, -32768, 0.49, -3.51).roundedToInt32 == SIMD4(32767, -32768, 0, -4))
  }

  /// Follows the definition in double precision, at a rate with all bins and one with half.
  @Test(
    arguments: [8000, 16000, 48000],
    [[.logMean], [.logMean, .logLevel]] as [Model.FrontEnd.Features])
  func followsTheDefinition(rate: Int, features: Model.FrontEnd.Features) {
    let frontEnd = Model.FrontEnd(floor: 1e-12, inputExponent: 11, features: features)
    let framing = Framing(rate: rate)
    let analysis = Analysis(framing)
    let spectrum = Spectrum(count: framing.bins)
    let extractor = FeatureExtractor(frontEnd)
    #expect(extractor.count == features.count(levels: 257, fine: 0))
    var common = 0.0
    let a = exp(-0.008 / Double(frontEnd.meanTime))
    var means = [Double](repeating: 0, count: 257)
    var noise = Noise(seed: 21)
    for t in 0..<20 {
      let hop = (0..<framing.hop).map { _ in noise.next() * Float(t % 5) * 0.1 }
      analysis.push(hop, into: spectrum)
      extractor.push(spectrum)
      var levels: [Double] = []
      for k in 0..<257 {
        var power = 0.0
        if k < framing.bins {
          power = Double(spectrum.re[k] * spectrum.re[k] + spectrum.im[k] * spectrum.im[k])
        }
        let level = log10(power + Double(frontEnd.floor))
        levels.append(level)
        means[k] += max(1 - a, 1 / Double(t + 1)) * (level - means[k])
        let scaled = (level - means[k]) * exp2(Double(frontEnd.inputExponent))
        let expected = min(max(scaled, -32768), 32767)
        // Half a step of rounding, and 1e-5 of the logarithm.
        #expect(
          abs(Double(extractor.features[k]) - expected) < 0.55, "bin \(k) of hop \(t)")
      }
      guard features.contains(.logLevel) else { continue }
      let mean = levels.reduce(0, +) / 257
      common += max(1 - a, 1 / Double(t + 1)) * (mean - common)
      for k in 0..<257 {
        let expected = (levels[k] - common) * exp2(Double(frontEnd.inputExponent))
        #expect(
          abs(Double(extractor.features[257 + k]) - min(max(expected, -32768), 32767)) < 0.6,
          "level \(k) of hop \(t)")
      }
    }
  }

  @Test func saturates() {
    let extractor = FeatureExtractor(Model.FrontEnd(floor: 1e-12, inputExponent: 13))
    let spectrum = Spectrum(count: 257)
    extractor.push(spectrum)
    spectrum.re.update(repeating: 3e9, count: 257)
    extractor.push(spectrum)
    #expect((0..<257).allSatisfy { extractor.features[$0] == 32767 })
    extractor.reset()
    extractor.push(spectrum)
    #expect((0..<257).allSatisfy { extractor.features[$0] == 0 })
    spectrum.re.update(repeating: 0, count: 257)
    extractor.push(spectrum)
    #expect((0..<257).allSatisfy { extractor.features[$0] == -32768 })
  }
}
