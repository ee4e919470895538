import Glibc
import S5
import Spectral

/// Removes noise from speech as it streams by, at the stream's own sample rate.
///
/// Channels are processed apart from each other. After `init` nothing is allocated, no lock is
/// taken, and the work of every hop is the same whatever the sound, so `process` may be called on
/// a real-time thread. An instance serves one thread at a time; its settings are to be changed
/// there too, and act from the next hop.
///
/// Where the model tells the presence of speech, what it leaves of the noise is taken down by 12 dB more
/// while nobody speaks; see `Expander`.
///
/// The model says how late the sound is: 32 ms, or 16 or 8 where it was made for the windows of a low
/// delay, which rise long and fall fast: D. Mauler and R. Martin, "A low delay, variable resolution,
/// perfect reconstruction spectral analysis-synthesis system for speech enhancement", EUSIPCO 2007. A
/// hop lasts 8 ms, or 4 at a delay of 8 ms.
public final class Denoiser {
  /// Sample rates that are served, in Hz.
  public static let rates = Framing.rates
  /// Numbers of channels that are served.
  public static let channelCounts = 1...8

  /// The sample rate in Hz.
  public let rate: Int
  /// How many channels are interleaved.
  public let channels: Int

  /// How much may be removed, in dB, 0 or more.
  ///
  /// The gain of every bin is what mask and expander say or 10^(-limit / 20), whichever is greater;
  /// where a mask changes phases too, that is the least magnitude. Such a spectral floor leaves a
  /// steady, natural rest of the noise, without the fluctuations that remain where
  /// noisy and clean sound are mixed, and leaves what the mask keeps untouched; see M. Berouti,
  /// R. Schwartz and J. Makhoul, "Enhancement of speech corrupted by acoustic noise", ICASSP 1979.
  /// At 0 (or below) the output is the input, as with `bypass`; at infinity (or NaN) everything
  /// that the mask says is removed. Changes take effect over some 50 ms.
  public var attenuationLimit: Float = .infinity {
    didSet { targetFloor = Self.gain(limit: attenuationLimit) }
  }

  /// Whether the output is the input, `latency` frames late and otherwise exact.
  ///
  /// Changes cross-fade over a hop. The network goes on listening, so that it is warm when it is
  /// wanted again.
  public var bypass = false

  /// When the mask of a hop is no longer worth finishing.
  ///
  /// Read once for every hop, so to be set before the call of `process` that completes it, anew for
  /// each. A hop whose mask is given up is a fallback: the last mask goes on for up to 12 hops, then
  /// the gains glide to the dry signal, limited to the loudness that the denoised sound had.
  public var cutoff = Cutoff.never

  /// Whether no masks are made at all, as if all were given up: the network is not run and costs
  /// nothing.
  public var fallbackOnly = false

  /// What the last hop did; before the first, silence let through.
  public private(set) var lastHop = HopStatistics()

  package let framing: Framing
  let paths: UnsafeMutablePointer<Unmanaged<Channel>>
  /// Frames of the present hop that have been exchanged.
  package private(set) var position = 0
  private var isFirstHop = true
  private var targetFloor: Float = 0
  private var floor: Float = 0
  /// How much of the way to its target the floor goes in a hop: half of it every 8 ms.
  private let approach: Float
  private var wasPassing = false

  /// - Parameters:
  ///   - model: the network and how it is fed.
  ///   - rate: the sample rate in Hz, 8000...192000.
  ///   - channels: how many channels are interleaved, 1...8.
  /// - Throws: `DenoiserError` if one of them cannot be served.
  public convenience init(
    model: Model = .standard, rate: Int, channels: Int
  ) throws(DenoiserError) {
    let weights = PackedWeights(model)
    try self.init(model: model, rate: rate, channels: channels) { FixedPointNetwork(weights) }
  }

  /// - Parameter source: makes what computes the masks, once for every channel.
  init(
    model: Model, rate: Int, channels: Int, source: () -> any MaskSource
  ) throws(DenoiserError) {
    guard Self.rates.contains(rate) else { throw .rate(rate) }
    guard Self.channelCounts.contains(channels) else { throw .channels(channels) }
    guard let delay = Framing.Delay(model.frontEnd),
      model.architecture.gains == model.frontEnd.bands ?? FilterBank.bins
    else { throw .model }
    self.rate = rate
    self.channels = channels
    framing = Framing(rate: rate, delay)
    approach = Float(1 - pow(0.5, delay.hopSeconds / 0.008))
    paths = .allocate(capacity: channels)
    for index in 0..<channels {
      let channel = Channel(model, framing: framing, source: source())
      (paths + index).initialize(to: .passRetained(channel))
    }
    // The language runtime looks up generic types, and allocates, where code runs first: here.
    let silence = [Float](repeating: 0, count: framing.hop * channels)
    _ = process(silence)
    fallbackOnly = true
    _ = process(silence)
    fallbackOnly = false
    reset()
  }

  deinit {
    for index in 0..<channels { paths[index].release() }
    paths.deallocate()
  }

  /// Frames by which the output is later than the input: 32 ms, or what the model asks for.
  ///
  /// One hop of it is the hop that has to fill up first, the others are the overlap of the frames. It
  /// does not depend on how the stream is cut into calls, nor does the output.
  public var latency: Int { framing.delay }

  /// Denoises the next frames of the stream.
  ///
  /// What is not a number, or larger than 10^9, counts as 0.
  ///
  /// - Parameters:
  ///   - input: interleaved samples, full scale 1, any number of whole frames.
  ///   - output: room for as many; may be the memory of `input`, but not overlap it otherwise.
  public func process(
    _ input: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(input.count == output.count, "the output must be as long as the input")
    precondition(input.count.isMultiple(of: channels), "the last frame is not whole")
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    let frames = input.count / channels
    var done = 0
    while done < frames {
      let count = min(framing.hop &- position, frames &- done)
      let offset = done &* channels
      var index = 0
      while index < channels {
        paths[index]._withUnsafeGuaranteedRef {
          $0.exchange(
            source + (offset &+ index), target + (offset &+ index),
            stride: channels, count: count, position: position)
        }
        index &+= 1
      }
      done &+= count
      position &+= count
      if position == framing.hop {
        advance()
        position = 0
      }
    }
  }

  /// Returns to the state after `init`; the settings stay as they are.
  public func reset() {
    for index in 0..<channels { paths[index]._withUnsafeGuaranteedRef { $0.reset() } }
    position = 0
    isFirstHop = true
    lastHop = HopStatistics()
  }

  func advance() {
    let passes = bypass || attenuationLimit <= 0
    if isFirstHop {
      wasPassing = passes
      floor = targetFloor
      isFirstHop = false
    }
    floor += (targetFloor - floor) * approach
    // Arrives, rather than creeping on through ever smaller numbers.
    if abs(targetFloor - floor) < 1e-5 { floor = targetFloor }
    let selection: Channel.Selection =
      switch (wasPassing, passes) {
      case (false, false): .wet
      case (false, true): .wetToDry
      case (true, true): .dry
      case (true, false): .dryToWet
      }
    wasPassing = passes
    var sums = HopStatistics()
    sums.meanGain = 0
    var index = 0
    while index < channels {
      paths[index]._withUnsafeGuaranteedRef {
        $0.advance(
          floor: floor, selection: selection, cutoff: fallbackOnly ? nil : cutoff,
          statistics: &sums)
      }
      index &+= 1
    }
    let share = 1 / Float(channels)
    sums.inputPower *= share
    sums.outputPower *= share
    sums.meanGain *= share
    sums.dryShare *= share
    lastHop = sums
  }

  private static func gain(limit: Float) -> Float {
    guard limit < .infinity else { return 0 }
    return pow(10, -max(limit, 0) / 20)
  }
}
