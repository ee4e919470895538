import CSampleRate

/// Stretches sound a little, by a ratio that may change from call to call, to bring it from one
/// clock to another: libsamplerate's sinc interpolation.
///
/// It is used by one thread at a time. `process` and `reset` allocate nothing and take no lock.
public final class DriftResampler: @unchecked Sendable {
  /// What is given up for speed: the band that passes, the noise, and the delay, which is half the
  /// filter's length.
  public enum Quality: String, CaseIterable, Sendable {
    /// 97 dB, 80 % of the band, 20 frames. For 44.1 kHz and more.
    case fast
    /// 121 dB, 90 % of the band, 47 frames. For 16 kHz, where 80 % would be heard.
    case medium
    /// 144 dB, 96 % of the band, 144 frames.
    case best

    var code: Int32 {
      switch self {
      case .fast: Int32(SRC_SINC_FASTEST)
      case .medium: Int32(SRC_SINC_MEDIUM_QUALITY)
      case .best: Int32(SRC_SINC_BEST_QUALITY)
      }
    }
  }

  /// The libsamplerate that could not be had, in words.
  public struct Failure: Error, CustomStringConvertible, Sendable {
    public let description: String
  }

  public let channels: Int
  /// The most frames a call takes.
  public let maximumFrames: Int
  /// Frames given in and not come out: the next frame to come out is of so long ago in the input.
  /// Not before the first call: then it is 0, and ``latency`` frames go in before any comes out.
  public private(set) var delay = 0.0
  /// What `delay` is about once it runs, at a ratio of 1.
  public let latency: Int

  private let state: OpaquePointer

  /// `maximumFrames`: the most that one call takes, 1...1024.
  public init(
    channels: Int, maximumFrames: Int, quality: Quality = .fast
  ) throws(Failure) {
    // Its own buffer is 4096 frames at least; what a call takes must fit beside the filter.
    precondition((1...128).contains(channels) && (1...1024).contains(maximumFrames))
    var error: Int32 = 0
    guard let state = src_new(quality.code, Int32(channels), &error) else {
      let words = src_strerror(error).map { String(cString: $0) } ?? "error \(error)"
      throw Failure(description: "the resampler cannot be made: \(words)")
    }
    self.state = state
    self.channels = channels
    self.maximumFrames = maximumFrames
    latency =
      switch quality {
      case .fast: 21
      case .medium: 47
      case .best: 144
      }
  }

  deinit { src_delete(state) }

  /// Takes frames and gives those that can be made of them; all samples interleaved.
  ///
  /// `ratio` is frames out for a frame in, 0.5...2. Input is left over only where `capacity` is too
  /// small for what it makes; give enough: `frames * ratio + 2`.
  public func process(
    _ input: UnsafePointer<Float>, frames: Int, to output: UnsafeMutablePointer<Float>,
    capacity: Int, ratio: Double
  ) -> (consumed: Int, produced: Int) {
    // The step to the new ratio is made at once: it is minute, and so the delay is known exactly.
    let stretch = max(0.5, min(2, ratio.isFinite ? ratio : 1))
    src_set_ratio(state, stretch)
    var data = SRC_DATA()
    data.data_in = input
    data.data_out = output
    data.input_frames = min(frames, maximumFrames)
    data.output_frames = capacity
    data.src_ratio = stretch
    guard src_process(state, &data) == 0 else { return (0, 0) }
    delay += Double(data.input_frames_used) - Double(data.output_frames_gen) / stretch
    return (data.input_frames_used, data.output_frames_gen)
  }

  /// Forgets all sound it holds.
  public func reset() {
    src_reset(state)
    delay = 0
  }
}
