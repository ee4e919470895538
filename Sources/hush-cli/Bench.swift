import Hush
import S5
import Spectral

/// Times the stages of a hop and the whole of it, by turns, so that all see the same machine.
final class Bench {
  private let model: Model
  private let rate: Int
  private let channels: Int
  private let framing: Framing
  private let denoiser: Denoiser
  private let analysis: Analysis
  private let synthesis: Synthesis
  private let network: FixedPointNetwork
  private let spectrum: Spectrum
  private let startUp: Double

  init(_ model: Model, rate: Int, channels: Int) throws(DenoiserError) {
    let start = now()
    denoiser = try Denoiser(model: model, rate: rate, channels: channels)
    startUp = now() - start
    (self.model, self.rate, self.channels) = (model, rate, channels)
    framing = denoiser.framing
    analysis = Analysis(framing)
    synthesis = Synthesis(framing)
    network = FixedPointNetwork(model)
    spectrum = Spectrum(count: framing.bins)
  }

  /// Hop after hop for so many seconds, at least 100.
  func run(seconds: Double) -> BenchResult {
    var whole = Durations()
    var stages = [Durations](repeating: Durations(), count: 4)
    let sound = noise(framing.hop * channels)
    var output = sound
    let features = noise(model.architecture.features).map { Int16($0 * 32767) }
    var mask = [Int16](repeating: 0, count: model.architecture.outputs)
    var hop = [Float](repeating: 0, count: framing.hop)
    let end = now() + seconds
    for round in 0... {
      let began = now()
      if round >= 100 && began >= end { break }
      sound.withUnsafeBufferPointer { input in
        output.withUnsafeMutableBufferPointer { denoiser.process(input, into: $0) }
      }
      let processed = now()
      analysis.push(sound, into: spectrum)
      let analysed = now()
      network.step(features, into: &mask)
      let stepped = now()
      synthesis.pull(spectrum, into: &hop)
      let synthesised = now()
      // The first hops find nothing in the caches.
      guard round >= 20 else { continue }
      whole.add(processed - began)
      stages[0].add(analysed - processed)
      stages[1].add(stepped - analysed)
      stages[2].add(synthesised - stepped)
      // What the denoiser does besides, inside: the same three cost it the same.
      let rest = (processed - began) / Double(channels) - (synthesised - processed)
      stages[3].add(max(rest, 0))
    }
    return BenchResult(
      model: model.summary.name, kernels: Kernels.chosen.name,
      available: Kernels.available.map(\.name), rate: rate, channels: channels,
      hopSeconds: Double(framing.hop) / Double(rate), startUp: startUp, whole: whole,
      stages: [
        ("analysis", stages[0]), ("network", stages[1]), ("synthesis", stages[2]),
        ("features and gains", stages[3]),
      ])
  }

  private func noise(_ count: Int) -> [Float] {
    var state: UInt32 = 1
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(Int32(bitPattern: state)) * 0x1p-34
    }
  }
}

/// What `Bench` found; seconds.
struct BenchResult {
  let model: String
  let kernels: String
  let available: [String]
  let rate: Int
  let channels: Int
  let hopSeconds: Double
  let startUp: Double
  /// All channels.
  let whole: Durations
  /// One channel.
  let stages: [(name: String, times: Durations)]

  /// The share of one core at the median.
  var share: Double { whole.median / hopSeconds }

  /// Whole streams of this kind that one core carries if each hop takes as long as the slowest but
  /// one in a hundred.
  var streams: Int { Int(hopSeconds / whole.high) }

  /// What is left of the time of a hop in the worst of them; below 0, it came too late.
  var margin: Double { hopSeconds - whole.most }
}
