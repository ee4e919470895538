import Glibc
import Testing

@testable import Spectral

@Suite struct StreamTests {
  static let rates = [
    8000, 8501, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 176_400, 192_000,
  ]

  @Test(arguments: rates)
  func synthesisUndoesAnalysis(rate: Int) {
    let framing = Framing(rate: rate)
    let (analysis, synthesis) = (Analysis(framing), Synthesis(framing))
    let spectrum = Spectrum(count: framing.bins)
    var noise = Noise(seed: UInt64(rate))
    let input = noise.samples(10 * framing.hop)
    var output: [Float] = []
    var hop = [Float](repeating: 0, count: framing.hop)
    for t in 0..<10 {
      hop = Array(input[(t * framing.hop)..<((t + 1) * framing.hop)])
      analysis.push(hop, into: spectrum)
      synthesis.pull(spectrum, into: &hop)
      output += hop
    }
    let late = framing.window - framing.hop
    let error = zip(input, output.dropFirst(late)).map { abs($0 - $1) }.max()!
    #expect(error < 1.5e-6)
    #expect(output.prefix(late).allSatisfy { abs($0) < 1e-6 })
  }

  @Test(arguments: rates)
  func fullScaleSineReadsOne(rate: Int) {
    let framing = Framing(rate: rate)
    let analysis = Analysis(framing)
    let spectrum = Spectrum(count: framing.bins)
    for bin in [32, 100] {
      analysis.reset()
      let sine = (0..<framing.window).map {
        Float(sin(2 * Double.pi * Double(bin * $0 % framing.window) / Double(framing.window)))
      }
      var power: Float = 0
      for t in 0..<4 {
        analysis.push(Array(sine[(t * framing.hop)...].prefix(framing.hop)), into: spectrum)
      }
      for k in 0..<spectrum.count {
        power += spectrum.re[k] * spectrum.re[k] + spectrum.im[k] * spectrum.im[k]
      }
      let magnitude = hypot(spectrum.re[bin], spectrum.im[bin])
      #expect(abs(magnitude - 1) < 1e-4, "bin \(bin)")
      #expect(abs(power * Analysis.powerScale(framing) - 0.5) < 1e-4, "bin \(bin)")
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
