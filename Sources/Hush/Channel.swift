import S5
import Spectral

/// One channel's path through analysis, features, mask, gains and synthesis, and beside it the dry
/// path, as late as the wet one.
final class Channel {
  /// What is heard in a hop.
  enum Selection {
    case wet, dry, wetToDry, dryToWet
  }

  private let framing: Framing
  private let analysis: Analysis
  private let synthesis: Synthesis
  private let extractor: FeatureExtractor
  private let source: any MaskSource
  private let curve: GainCurve
  private let spectrum: Spectrum
  /// The gains, and behind them, where the model has them, imaginary parts and the presence of
  /// speech.
  private let mask: UnsafeMutablePointer<Int16>
  /// Where in the mask the presence is; nil: the model does not tell.
  private let presencePlace: Int?
  private var expander: Expander
  private var fallback: Fallback
  /// The hop that is filling up.
  private let pending: UnsafeMutablePointer<Float>
  /// The hop that is being handed out.
  private let ready: UnsafeMutablePointer<Float>
  /// A rising half of a cosine, one hop long.
  private let fade: UnsafeMutablePointer<Float>
  /// The mean square of a frame over the sum of its bins' powers.
  private let powerScale: Float

  init(_ model: Model, framing: Framing, source: any MaskSource) {
    self.framing = framing
    self.source = source
    analysis = Analysis(framing)
    synthesis = Synthesis(framing)
    let sizes = model.architecture
    extractor = FeatureExtractor(model.frontEnd)
    curve = GainCurve(
      bands: model.frontEnd.bands, turns: sizes.turns, makeup: model.frontEnd.makeup,
      count: framing.bins)
    spectrum = Spectrum(count: framing.bins)
    expander = Expander(hopSeconds: framing.kind.hopSeconds)
    fallback = Fallback(hopSeconds: framing.kind.hopSeconds)
    powerScale = Analysis.powerScale(framing)
    presencePlace = sizes.hasPresence ? sizes.gains + sizes.turns : nil
    mask = .allocate(capacity: sizes.outputs)
    mask.initialize(repeating: 0, count: sizes.outputs)
    pending = .allocate(capacity: framing.hop)
    pending.initialize(repeating: 0, count: framing.hop)
    ready = .allocate(capacity: framing.hop)
    ready.initialize(repeating: 0, count: framing.hop)
    fade = .allocate(capacity: framing.hop)
    for n in 0..<framing.hop {
      (fade + n).initialize(to: raisedCosine((Float(n) + 0.5) / Float(framing.hop)))
    }
  }

  deinit {
    mask.deallocate()
    pending.deallocate()
    ready.deallocate()
    fade.deallocate()
  }

  /// Takes samples in and hands as many out.
  ///
  /// - Parameters:
  ///   - input: this channel's sample of the first frame.
  ///   - output: likewise; may be `input`.
  ///   - stride: samples from one frame to the next.
  ///   - count: frames, no more than the hop has left.
  ///   - position: frames of the hop already exchanged.
  func exchange(
    _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>,
    stride: Int, count: Int, position: Int
  ) {
    var n = 0
    while n < count {
      let sample = input[n &* stride]
      output[n &* stride] = ready[position &+ n]
      pending[position &+ n] = Self.sound(sample)
      n &+= 1
    }
  }

  /// Takes a whole hop in.
  func take(_ input: UnsafePointer<Float>, stride: Int, count: Int) {
    var n = 0
    while n < count {
      pending[n] = Self.sound(input[n &* stride])
      n &+= 1
    }
  }

  /// Hands out the hop that is ready.
  func give(_ output: UnsafeMutablePointer<Float>, stride: Int, count: Int) {
    var n = 0
    while n < count {
      output[n &* stride] = ready[n]
      n &+= 1
    }
  }

  /// NaN compares false. What is not a number, or so large that its power would overflow, is no
  /// sound; once inside it would stay in the running means.
  private static func sound(_ sample: Float) -> Float { abs(sample) <= 1e9 ? sample : 0 }

  /// Processes the hop that has filled up.
  ///
  /// - Parameters:
  ///   - floor: the least gain, with an imaginary part the least magnitude, in 0...1.
  ///   - selection: what the hop that is now ready consists of.
  ///   - cutoff: when the mask is given up; nil: at once.
  ///   - statistics: this channel's figures are added to it.
  func advance(
    floor: Float, selection: Selection, cutoff: Cutoff?, statistics: inout HopStatistics
  ) {
    analysis.push(pending, into: spectrum)
    extractor.push(spectrum)
    var hasMask = false
    if let cutoff { hasMask = source.step(extractor.features, into: mask, by: cutoff) }
    if hasMask, let presencePlace {
      let presence = Float(mask[presencePlace]) * (1 / 32767)
      statistics.presence = max(statistics.presence ?? 0, presence)
      expander.advance(presence: presence)
    }
    // Of a mask that was given up, the one before is still there, and as far down.
    curve.set(mask, expansion: expander.gain, floor: floor)
    fallback.advance(hasMask: hasMask)
    if fallback.isActive { fallback.shape(curve, of: spectrum, floor: floor) }
    fallback.follow(applyGains(&statistics))
    statistics.isFallback = statistics.isFallback || fallback.isMissing
    statistics.dryShare += fallback.dryShare
    synthesis.pull(spectrum, into: ready)
    let dry = analysis.frame + (framing.window &- framing.delay)
    switch selection {
    case .wet: break
    case .dry: ready.update(from: dry, count: framing.hop)
    case .wetToDry, .dryToWet:
      var n = 0
      while n < framing.hop {
        let share = selection == .dryToWet ? fade[n] : 1 - fade[n]
        ready[n] = dry[n] + (ready[n] - dry[n]) * share
        n &+= 1
      }
    }
  }

  func reset() {
    analysis.reset()
    synthesis.reset()
    extractor.reset()
    source.reset()
    expander.reset()
    fallback.reset()
    ready.update(repeating: 0, count: framing.hop)
  }

  /// - Returns: the sum of the bins' powers after the gains.
  private func applyGains(_ statistics: inout HopStatistics) -> Float {
    let power = curve.apply(to: spectrum)
    let heard = min(curve.maskCount, framing.bins)
    statistics.inputPower += power.before * powerScale
    statistics.outputPower += power.after * powerScale
    statistics.meanGain += min(curve.magnitude(upTo: heard) / Float(heard), 1)
    return power.after
  }
}
