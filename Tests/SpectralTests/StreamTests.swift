import Glibc
import Testing

@testable import Spectral

@Suite struct StreamTests {
  static let rates = [
    8000, 8501, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 176_400, 192_000,
  ]

  @Test(arguments: rates, Framing.Delay.allCases)
  func synthesisUndoesAnalysis(rate: Int, delay: Framing.Delay) {
    let framing = Framing(rate: rate, delay)
    let (analysis, synthesis) = (Analysis(framing), Synthesis(framing))
    let spectrum = Spectrum(count: framing.bins)
    var noise = Noise(seed: UInt64(rate))
    let input = noise.samples(20 * framing.hop)
    var output: [Float] = []
    var hop = [Float](repeating: 0, count: framing.hop)
    for t in 0..<20 {
      hop = Array(input[(t * framing.hop)..<((t + 1) * framing.hop)])
      analysis.push(hop, into: spectrum)
      synthesis.pull(spectrum, into: &hop)
      output += hop
    }
    let late = framing.delay - framing.hop
    let error = zip(input, output.dropFirst(late)).map { abs($0 - $1) }.max()!
    #expect(error < 1.5e-6)
    #expect(output.prefix(late).allSatisfy { abs($0) < 1e-6 })
  }

  /// The windows of a low delay, by the published formulae, at 16 kHz.
  @Test(arguments: [(Framing.Delay.half, 128), (.quarter, 64)])
  func lowDelayWindowsFollowTheirDefinition(delay: Framing.Delay, hop: Int) {
    let framing = Framing(rate: 16_000, delay)
    let (count, middle) = (512, 512 - hop)
    let quarter = Double.pi / 2
    let analysis = (0..<count).map { n in
      n < middle
        ? (0.5 - 0.5 * cos(Double.pi * Double(n) / Double(middle))).squareRoot()
        : cos(quarter * Double(n - middle) / Double(hop))
    }
    let sum = analysis.reduce(0, +)
    for (n, value) in Window.analysis(framing).enumerated() {
      #expect(abs(Double(value) - 2 * analysis[n] / sum) < 1e-8, "\(n)")
    }
    let synthesis = Window.synthesis(framing)
    #expect(synthesis.count == 2 * hop)
    for (m, value) in synthesis.enumerated() {
      let n = count - 2 * hop + m
      let hann = 0.5 - 0.5 * cos(Double.pi * Double(m) / Double(hop))
      #expect(abs(Double(value) * analysis[n] * 2 / sum - hann) < 1e-6, "\(n)")
    }
  }

  @Test(arguments: rates, Framing.Delay.allCases)
  func fullScaleSineReadsOne(rate: Int, delay: Framing.Delay) {
    let framing = Framing(rate: rate, delay)
    let analysis = Analysis(framing)
    let spectrum = Spectrum(count: framing.bins)
    for bin in [32, 100] {
      analysis.reset()
      let sine = (0..<framing.window).map {
        Float(sin(2 * Double.pi * Double(bin * $0 % framing.window) / Double(framing.window)))
      }
      var power: Float = 0
      for t in 0..<framing.kind.overlap {
        analysis.push(Array(sine[(t * framing.hop)...].prefix(framing.hop)), into: spectrum)
      }
      for k in 0..<spectrum.count {
        power += spectrum.re[k] * spectrum.re[k] + spectrum.im[k] * spectrum.im[k]
      }
      let magnitude = hypot(spectrum.re[bin], spectrum.im[bin])
      // Windows that are not symmetric let a hair of the mirror image through.
      #expect(abs(magnitude - 1) < (delay == .window ? 1e-4 : 3e-4), "bin \(bin)")
      #expect(
        abs(power * Analysis.powerScale(framing) - 0.5) < (delay == .window ? 1e-4 : 3e-4),
        "bin \(bin)")
    }
  }

  @Test func resetForgets() {
    let framing = Framing(rate: 16000)
    let (analysis, synthesis) = (Analysis(framing), Synthesis(framing))
    let spectrum = Spectrum(count: framing.bins)
    var noise = Noise(seed: 5)
    var hop = noise.samples(framing.hop)
    analysis.push(hop, into: spectrum)
    synthesis.pull(spectrum, into: &hop)
    analysis.reset()
    synthesis.reset()
    hop = Array(repeating: 0, count: framing.hop)
    analysis.push(hop, into: spectrum)
    #expect((0..<spectrum.count).allSatisfy { spectrum.re[$0] == 0 && spectrum.im[$0] == 0 })
    synthesis.pull(spectrum, into: &hop)
    #expect(hop.allSatisfy { $0 == 0 })
  }

  /// Denormal numbers are a hundred times slower on some processors.
  @Test func inaudibleSamplesBecomeSilence() {
    let framing = Framing(rate: 16000)
    let analysis = Analysis(framing)
    let spectrum = Spectrum(count: framing.bins)
    let hop = [Float](repeating: .leastNonzeroMagnitude, count: framing.hop)
    analysis.push(hop, into: spectrum)
    #expect((0..<spectrum.count).allSatisfy { spectrum.re[$0] == 0 && spectrum.im[$0] == 0 })
    #expect(analysis.frame[framing.window - 1] == .leastNonzeroMagnitude)
  }
}
