import Glibc
import Synchronization

/// A sound card that is not there: a microphone that hears a sound given to it, and a loudspeaker
/// that writes down what it played and when; paced by the clock, with trouble on demand.
///
/// Each side counts frames from `epoch` on, whether it runs or not. Frame n is at
/// ``time(ofFrame:_:)``; the microphone hears frame n of its sound (again and again) there, and
/// ``heard()`` what came out of the loudspeaker there. With the same rate and ppm on both
/// sides the delay from microphone to loudspeaker is how far a sound is moved from one to the other.
public final class VirtualCard: @unchecked Sendable {
  public enum Side: Sendable { case capture, playback }

  public struct Options: Sendable {
    /// Frames per second that it can do.
    public var rates = [16000]
    public var channels = 1...2
    /// ALSA's names.
    public var formats = ["FLOAT_LE", "S32_LE", "S24_LE", "S24_3LE", "S16_LE"]
    /// How much faster than the system's clock each side runs, parts per million.
    public var capturePPM = 0.0
    public var playbackPPM = 0.0
    /// Frames that sound takes on its way between the buffer and the air, on top; `delay` has them.
    public var captureLatency = 0
    public var playbackLatency = 0
    /// Positions move on by so many frames at once, as with USB's packets.
    public var grain = 1
    public var periodsArePowersOfTwo = false
    /// Frames, about (ALSA takes them in bytes).
    public var shortestPeriod = 16
    public var longestPeriod = 8192
    public var longestBuffer = 32768
    public var isMappable = true
    /// What the microphone hears, interleaved, again and again; empty: silence.
    public var sound: [Float] = []
    public var soundChannels = 1
    /// Nanoseconds of CLOCK_MONOTONIC; nil: now.
    public var epoch: UInt64?

    public init() {}
  }

  /// What has happened on a side.
  public struct Account: Sendable, Equatable {
    /// How often it was opened, ever; and how many streams are open now.
    public var opens = 0
    public var open = 0
    public var starts = 0
    public var stops = 0
    public var xruns = 0
    public var isRunning = false
    /// The card's frame at the last start.
    public var startFrame: UInt64 = 0
    /// Frames since then that the card, and the program, are through with.
    public var hardware: UInt64 = 0
    public var program: UInt64 = 0
    public var rate = 0
    public var period = 0
    public var buffer = 0
  }

  public let options: Options
  /// Names for `PCMRequest.device`. They are the same where both sides have the same clock.
  public let captureName: String
  public let playbackName: String
  private let key: String
  let folder: String
  let block: ControlBlock
  private static let count = Atomic<Int>(0)

  public init(_ options: Options = Options()) {
    self.options = options
    let number = VirtualCard.count.add(1, ordering: .relaxed).newValue
    key = "vcard\(number)"
    let same = options.capturePPM == options.playbackPPM
    captureName = same ? key : "\(key)_microphone"
    playbackName = same ? key : "\(key)_speaker"
    folder = "\(PlugIn.temporaryFolder)/hush-vcard-\(getpid())-\(number)"
    mkdir(folder, 0o700)
    block = ControlBlock(
      path: "\(folder)/control", epoch: options.epoch ?? VirtualCard.now())
    PlugIn.write(options.sound, to: "\(folder)/sound")
    var text = VirtualCard.describe(captureName, options, folder)
    if !same { text += VirtualCard.describe(playbackName, options, folder) }
    ALSAConfiguration.set("pcm_type.vcard { lib \"\(PlugIn.path)\" }", for: "")
    ALSAConfiguration.set(text, for: key)
  }

  /// The usual case in a line: one rate, one clock or two.
  public convenience init(
    rate: Int, channels: ClosedRange<Int> = 1...2, capturePPM: Double = 0, playbackPPM: Double = 0,
    sound: [Float] = []
  ) {
    var options = Options()
    options.rates = [rate]
    options.channels = channels
    options.capturePPM = capturePPM
    options.playbackPPM = playbackPPM
    options.sound = sound
    self.init(options)
  }

  deinit {
    ALSAConfiguration.remove(key)
    for name in ["control", "sound", "heard"] { unlink("\(folder)/\(name)") }
    rmdir(folder)
  }

  private static func describe(_ name: String, _ options: Options, _ folder: String) -> String {
    let lines: [(String, String)] = [
      ("control", "\"\(folder)/control\""), ("source", "\"\(folder)/sound\""),
      ("sink", "\"\(folder)/heard\""),
      ("rates", "\"\(options.rates.map(String.init).joined(separator: " "))\""),
      ("formats", "\"\(options.formats.joined(separator: " "))\""),
      ("channels_least", "\(options.channels.lowerBound)"),
      ("channels_most", "\(options.channels.upperBound)"),
      ("source_channels", "\(options.soundChannels)"),
      ("period_least", "\(options.shortestPeriod)"),
      ("period_most", "\(options.longestPeriod)"),
      ("buffer_most", "\(options.longestBuffer)"),
      ("doubling", options.periodsArePowersOfTwo ? "1" : "0"),
      ("mapped", options.isMappable ? "1" : "0"), ("grain", "\(options.grain)"),
      ("capture_latency", "\(options.captureLatency)"),
      ("playback_latency", "\(options.playbackLatency)"),
      ("capture_ppm", "\(options.capturePPM)"), ("playback_ppm", "\(options.playbackPPM)"),
    ]
    let body = lines.map { "  \($0.0) \($0.1)\n" }.joined()
    let hint = "  hint { show on description \"Virtual card\" }\n"
    return "pcm.\(name) {\n  type vcard\n\(body)\(hint)}\n"
  }

  /// Nanoseconds of a clock.
  public static func now(_ clock: clockid_t = CLOCK_MONOTONIC) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
