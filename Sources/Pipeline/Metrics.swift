import Glibc
import Realtime
import Synchronization

/// What the threads count and measure; each figure has one writer, and anyone may read.
public final class Metrics: Sendable {
  /// Hops that went through the denoise thread.
  public let hops = Counter()
  /// Hops done after their deadline.
  public let deadlineMisses = Counter()
  /// Hops that had to do without the network.
  public let fallbackHops = Counter()
  /// Hops lost because the output did not take them.
  public let lostHops = Counter()
  /// Hops whose sound was lost before the denoiser, because hushd did not come for it in time.
  public let uncapturedHops = Counter()
  /// Hops with more speech than noise, by `Levels.speech`.
  public let speechHops = Counter()
  /// Steps of the ladder, down or up.
  public let ladderSteps = Counter()
  /// Stale frames left out of the output.
  public let droppedFrames = Counter()
  /// Frames of the output made up.
  public let concealedFrames = Counter()

  public let capture = SideMetrics()
  public let output = SideMetrics()

  /// Nanoseconds the denoiser took for a hop.
  public let compute = LatencyHistogram()
  /// Nanoseconds from a hop's arrival to the thread's start on it; `uncapturedHops` are in it with
  /// the time that they were held up.
  public let lateness = LatencyHistogram()
  /// Nanoseconds from microphone to loudspeaker.
  public let latency = LatencyHistogram()
  /// Nanoseconds of sound in the rings and the playback device, at each of the output's wake-ups.
  public let queued = LatencyHistogram()

  /// What the threads did in the last half minute.
  public let trace = Trace()

  /// The rung of the ladder: 0 the model asked for; the last is fallback alone.
  public let rung = Atomic(0)
  /// Nanoseconds from microphone to loudspeaker, smoothed; 0: none yet.
  public let currentLatency = Atomic<UInt64>(0)
  /// What the latency is held to, in nanoseconds; 0: not held.
  public let targetLatency = Atomic<UInt64>(0)
  private let driftBits = Atomic(Double(0).bitPattern)
  private let levels = Seqlock(Levels())

  /// By how much the playback clock runs faster than the capture's, parts per million.
  public internal(set) var driftPartsPerMillion: Double {
    get { Double(bitPattern: driftBits.load(ordering: .relaxed)) }
    set { driftBits.store(newValue.bitPattern, ordering: .relaxed) }
  }

  /// The last hop's.
  public internal(set) var level: Levels {
    get { levels.load() }
    set { levels.store(newValue) }
  }

  /// Mean squares of a hop before and after, full scale 1, smoothed over some 100 ms.
  public struct Levels: BitwiseCopyable, Sendable {
    public var input: Float = 0
    public var output: Float = 0
    /// Mean gain over the bins up to 8 kHz.
    public var gain: Float = 1
    /// How much of the input's power is speech, 0...1, estimated: the share that the mask keeps, as a
    /// Wiener gain would, less what the strength lets through anyway. 0 below -70 dBFS and where
    /// nothing is to be removed.
    public var speech: Float = 0
    /// The probability that somebody speaks, 0...1, as the model hears it; nil where it does not tell,
    /// and while it makes no masks.
    public var presence: Float?

    public init() {}

    /// - Parameter strength: how much may be removed, in dB.
    mutating func estimateSpeech(strength: Float) {
      let floor = strength < .infinity ? pow(10, -max(strength, 0) / 10) : 0
      guard input > 1e-7, floor < 0.99 else {
        speech = 0
        return
      }
      speech = min(max((output / input - floor) / (1 - floor), 0), 1)
    }
  }

  /// Counts of one side.
  public final class SideMetrics: Sendable {
    public let xruns = Counter()
    public let suspends = Counter()
    public let stalls = Counter()
    /// Nanoseconds by which the side's thread woke up late; wake-ups that a stall left out are
    /// counted in. Empty for outputs that are no device.
    public let lateness = LatencyHistogram()
    /// How often the device was opened after the first time.
    public let reopenings = Counter()
    /// Frames read or written.
    public let frames = Counter()
  }

  subscript(side: Side) -> SideMetrics { side == .capture ? capture : output }
}
