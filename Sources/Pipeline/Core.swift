import Hush
import Realtime
import Synchronization

/// What the three threads share once the sound's rate and channels are known; lives as long as the
/// pipeline.
final class Core: @unchecked Sendable {
  /// Frames a second, all the way to the output's resampler.
  let rate: Int
  /// Channels that are denoised.
  let channels: Int
  /// Frames of a hop.
  let hop: Int
  /// Whether the source waits for the output, instead of the clock: files as fast as they go.
  let isLossless: Bool
  /// Captured frames.
  let input: FrameRing
  /// Denoised hops.
  let output: HopRing
  /// Where the capture stream is.
  let point: Seqlock<CapturePoint>
  /// Frames between a hop's going in and its content's coming out: one hop or three.
  let delay: Int
  /// Rung when frames have come in.
  let arrived = Wakeup()
  /// Rung when a hop has come out, if `rings` says so.
  let finished = Wakeup()
  /// Whether the output sleeps until it is rung for.
  let rings = Atomic(false)
  /// Whether time that the capture missed is made up with silence: recordings keep time.
  let fillsGaps = Atomic(false)
  /// Whether someone takes the hops.
  let isHeard = Atomic(false)
  /// Whether the source gives sound at present.
  let flows = Atomic(false)
  /// Frames of the source in all, once it has ended; negative: it has not.
  let total = Atomic<Int64>(-1)
  /// Whether the last hop of an ended source has come out.
  let isDrained = Atomic(false)

  /// Seconds of capture that fit into the ring.
  static let inputSeconds = 1.0
  /// Hops of 8 ms that fit into the ring of denoised ones: two seconds.
  static let outputHops = 256

  /// Hops in 8 ms, 1 or 2, so that what is counted in hops keeps its time.
  let pace: Int

  /// - Parameter bank: the denoisers, whose rate, channels, hop and delay are everyone's.
  init(_ bank: DenoiserBank, isLossless: Bool) {
    self.isLossless = isLossless
    rate = bank.rate
    channels = bank.channels
    hop = bank.hop
    delay = bank.delay
    input = FrameRing(
      capacity: max(Int(Double(rate) * Self.inputSeconds), 4 * hop), channels: channels)
    pace = bank.pace
    output = HopRing(capacity: Self.outputHops * pace, hop: hop, channels: channels)
    point = Seqlock(CapturePoint(rate: Double(rate)))
  }
}
