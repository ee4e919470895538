import CSndFile
import Glibc

/// Reads a sound file of any kind libsndfile knows, block by block.
///
/// Samples are interleaved `Float`; integers become -1 ..< 1. Memory does not grow with the file.
public final class SoundFileReader {
  public let path: String
  /// Samples a second of each channel.
  public let rate: Int
  public let channels: Int
  /// How many frames (one sample of each channel) the file says it has; `nil` where it does not.
  public let frames: Int64?
  public let format: SoundFormat
  /// Title, artist and other texts, to hand to a writer.
  public let tags: SoundTags
  /// How many frames were read so far.
  public private(set) var position: Int64 = 0

  private let file: FileSource
  private var handle: OpaquePointer?
  private let allowTruncated: Bool
  /// Whether the file ended before its header says. Known for certain only at the end.
  public private(set) var isTruncated = false

  /// Opens `path`.
  ///
  /// A file that ends before its own header says is an error, unless `allowTruncated`: then what
  /// is there is read, and ``isTruncated`` says so.
  public init(path: String, allowTruncated: Bool = false) throws(SoundFileError) {
    self.path = path
    self.allowTruncated = allowTruncated
    file = try FileSource(path: path)
    if let shortfall = Shortfall(of: file) {
      isTruncated = true
      if !allowTruncated { throw SoundFileReader.truncated(path, shortfall.description) }
    }
    var calls = FileSource.calls
    var information = SF_INFO()
    file.rewind()
    handle = sf_open_virtual(
      &calls, Int32(SFM_READ), &information, Unmanaged.passUnretained(file).toOpaque())
    guard let handle else {
      if file.failure != 0 {
        throw SoundFileError(.io, path: path, "cannot read: \(systemMessage(file.failure))")
      }
      throw SoundFileError(
        .badData, path: path,
        "is not a sound file hush can read; convert it to WAV or FLAC first")
    }
    rate = Int(information.samplerate)
    channels = Int(information.channels)
    format = SoundFormat(code: information.format)
    let known = information.frames >= 0 && information.frames < Int64.max
    frames = known ? information.frames : nil
    tags = SoundTags(of: handle)
    guard rate > 0, channels > 0 else {
      sf_close(handle)
      self.handle = nil
      throw SoundFileError(.badData, path: path, "has a damaged header; convert it again")
    }
  }

  deinit {
    if let handle { sf_close(handle) }
  }

  private static func truncated(_ path: String, _ how: String) -> SoundFileError {
    SoundFileError(
      .badData, path: path,
      "is cut off: \(how); copy it again, or use --allow-truncated to take what is there")
  }

  /// Fills `block` (interleaved, its count a multiple of `channels`) and says how many frames
  /// there were; fewer than asked only at the end, 0 after it.
  ///
  /// A sample that is not a number, infinite or larger than 10^9 is an error that names the
  /// first such sample.
  public func read(
    into block: UnsafeMutableBufferPointer<Float>
  ) throws(SoundFileError) -> Int {
    guard let handle, let base = block.baseAddress else { return 0 }
    let asked = block.count / channels
    let got = Int(sf_readf_float(handle, base, sf_count_t(asked)))
    if file.failure != 0 {
      throw SoundFileError(.io, path: path, "cannot read: \(systemMessage(file.failure))")
    }
    if let bad = firstUnusable(UnsafeBufferPointer(rebasing: block[..<(got * channels)])) {
      throw unusableSample(
        base[bad], at: position + Int64(bad / channels), channel: bad % channels,
        rate: rate, path: path)
    }
    position += Int64(got)
    guard got < asked else { return got }
    if sf_error(handle) != 0 { isTruncated = true }
    if let frames, position < frames { isTruncated = true }
    if isTruncated && !allowTruncated {
      let promised = frames.map { "of \($0) frames only \(position)" } ?? "only \(position) frames"
      throw SoundFileReader.truncated(path, "\(promised) can be read")
    }
    return got
  }
}

/// The first sample no denoiser can work on: not a number, infinite or so large that its square
/// overflows.
func firstUnusable(_ samples: UnsafeBufferPointer<Float>) -> Int? {
  // The comparison is false for a NaN.
  for i in 0..<samples.count where !(samples[i].magnitude <= 1e9) { return i }
  return nil
}

func unusableSample(
  _ value: Float, at frame: Int64, channel: Int, rate: Int, path: String
) -> SoundFileError {
  let what = value.isNaN ? "not a number (NaN)" : value.isInfinite ? "infinite" : "above 10^9"
  let millis = frame * 1000 / Int64(max(rate, 1))
  let fraction = String(millis % 1000 + 1000).dropFirst()
  return SoundFileError(
    .badData, path: path,
    "sample \(frame) of channel \(channel + 1) (at \(millis / 1000).\(fraction) s) is \(what); "
      + "repair the file, for example by converting it to 24-bit integers")
}
