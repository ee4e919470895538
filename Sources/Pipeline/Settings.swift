/// Everything `hushd` can be told; each value has a default, so `Settings()` is the default
/// microphone to the default output.
public struct Settings: Equatable, Sendable {
  public var capture = Capture()
  public var output = Output()
  public var denoise = Denoise()
  public var latency = Latency()
  public var realtime = Realtime()

  public init() {}

  /// Where sound comes from.
  public struct Capture: Equatable, Sendable {
    public enum Source: Equatable, Sendable {
      /// An ALSA capture PCM by name.
      case device(Device)
      /// A sound file of any kind libsndfile reads.
      /// `paced`: at the speed of sound, as a microphone would; else as fast as it is taken.
      /// `loops`: from the start again at its end.
      case file(path: String, paced: Bool, loops: Bool)
      /// Raw samples, interleaved, from standard input ("-") or a named pipe. `paced`: as for files.
      case pipe(path: String, format: SampleType, rate: Int, channels: Int, paced: Bool)
    }
    public var source = Source.device(Device())
    /// Which of the source's channels are denoised, from 0, in this order, 1...8 of them; nil: the
    /// first alone of a device, all of a file or pipe.
    public var channels: [Int]?

    public init() {}
  }

  /// Where sound goes.
  public struct Output: Equatable, Sendable {
    public enum Sink: Equatable, Sendable {
      /// An ALSA playback PCM by name. One denoised channel is played on all of the device's.
      case device(Device)
      /// A sound file. The path may hold strftime's fields (%Y%m%d-%H%M%S), for rotation.
      case file(path: String, format: String?, rotation: Rotation)
      /// Raw samples, interleaved, to standard output ("-") or a named pipe.
      case pipe(path: String, format: SampleType)
      /// Nowhere: for measurements.
      case none
    }
    public var sink = Sink.device(Device())

    public init() {}
  }

  /// When a recording goes on in a new file.
  public struct Rotation: Equatable, Sendable {
    /// Seconds of sound in a file, 1 or more; nil: no limit.
    public var seconds: Double?
    /// Megabytes (10^6) in a file, 1 or more; nil: no limit.
    public var megabytes: Double?
    /// How many finished files are kept, the oldest going first; nil: all.
    public var keep: Int?

    public init(seconds: Double? = nil, megabytes: Double? = nil, keep: Int? = nil) {
      self.seconds = seconds
      self.megabytes = megabytes
      self.keep = keep
    }
  }

  /// A PCM and how it is to be opened. What is nil is chosen when it is opened.
  public struct Device: Equatable, Sendable {
    public var name = "default"
    /// Frames per second, 8000...192000; nil: the best that both devices have.
    public var rate: Int?
    /// Channels of the device, 1...32; nil: the fewest that hold the picked ones.
    public var channels: Int?
    /// nil: the best the device has, of float, s32, s24, s24_3le, s16 in this order.
    public var format: SampleType?
    /// Frames from one wake-up to the next, 16...16384; nil: some 8 ms (4 where a hop is), or
    /// the least it has above.
    public var period: Int?
    /// Periods in the device's buffer, 2...32; nil: 4 or more for capture, 3 for playback.
    public var periods: Int?
    /// Whether samples go through mapped memory; nil: where it is offered.
    public var mapped: Bool?

    public init() {}
  }

  /// Sample formats of devices and pipes; all little-endian.
  public enum SampleType: String, CaseIterable, Sendable {
    case s16, s24
    /// 24 bits in three bytes.
    case s24in3 = "s24_3le"
    case s32, float
  }

  public struct Denoise: Equatable, Sendable {
    /// The name of a built-in model or the path of a file, which has a `/` or ends in
    /// `.safetensors`; nil: `Model.standardName`.
    public var model: String?
    /// The variant of a built-in model.
    public var latency = ModelLatency.normal
    /// Smaller models to step down to where the first misses deadlines, best first, named as `model`;
    /// nil: the cheaper built-in ones of the same latency where the model is built in.
    public var ladder: [String]?
    /// How much may be removed, dB, 0...100; nil: no limit.
    public var strength: Double?
    /// Whether the sound passes as it is (as late as ever).
    public var bypass = false
    /// Milliseconds from the arrival of a hop's last sample to its mask, 0.5...100; nil: one hop,
    /// 8 (4 with a model whose delay is 8).
    public var deadline: Double?

    public init() {}
  }

  /// How late a built-in model lets the sound be.
  public enum ModelLatency: String, CaseIterable, Sendable {
    /// By a window, 32 ms.
    case normal
    /// By less, with the variant that was made for it.
    case low
  }

  public struct Latency: Equatable, Sendable {
    /// Milliseconds from microphone to loudspeaker, all counted, 15...2000; nil: the least that the
    /// devices take safely.
    public var target: Double?
    /// Whether playback is resampled to follow the capture's clock.
    public var drift = Drift.automatic

    public enum Drift: String, CaseIterable, Sendable {
      /// Where capture and playback are two devices on two clocks.
      case automatic = "auto"
      case on, off
    }

    public init() {}
  }

  public struct Realtime: Equatable, Sendable {
    /// SCHED_FIFO priority of the denoise thread, 1...97; capture and output run one above.
    /// 0: ordinary scheduling.
    public var priority = 70
    /// CPUs the audio threads may run on; nil: all.
    public var cpus: [Int]?
    /// Whether memory is locked into RAM.
    public var locksMemory = true

    public init() {}
  }
}
