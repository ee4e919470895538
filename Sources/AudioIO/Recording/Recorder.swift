import CSndFile
import Glibc

/// Writes an endless stream into sound files, one after the other without a gap: the files laid end
/// to end are the stream. Each is in its place only once it is complete.
///
/// It is used by one thread at a time, which may wait for the disk.
public final class Recorder: @unchecked Sendable {
  /// When a file is followed by another, and how many stay.
  public struct Rotation: Sendable, Equatable {
    /// Seconds of sound in a file; nil: no limit.
    public var seconds: Double?
    /// Bytes of a file, which a coding that compresses may pass by a second's worth; nil: as many as
    /// the format holds.
    public var bytes: Int64?
    /// How many finished files are kept, the oldest going first; nil: all. Files of earlier
    /// recordings under the same pattern count.
    public var keep: Int?

    public init(seconds: Double? = nil, bytes: Int64? = nil, keep: Int? = nil) {
      self.seconds = seconds
      self.bytes = bytes
      self.keep = keep
    }
  }

  public let pattern: String
  public let format: SoundFormat
  public let rate: Int
  public let channels: Int
  public let rotation: Rotation
  /// How many files were finished, and the last one's path.
  public private(set) var finished = 0
  public private(set) var lastFinished: String?

  private let names: RecordingNames
  private let framesInFile: Int64
  private let bytesInFile: Int64
  private var writer: SoundFileWriter?
  private var framesWritten: Int64 = 0

  /// `pattern`: a path, which may hold strftime's fields (`%Y%m%d-%H%M%S`), filled in with the local
  /// time when a file begins. A name that is taken gets `-2`, `-3`... before its extension: nothing
  /// is written over. `container` and `coding`: as `--format` and `--subtype` take them; without,
  /// the extension decides, and 16 bits where the container leaves it open.
  ///
  /// Nothing is made before the first frame is written, but what can be known to be wrong is.
  public init(
    pattern: String, container: String? = nil, coding: String? = nil, rate: Int, channels: Int,
    rotation: Rotation = Rotation()
  ) throws(SoundFileError) {
    precondition(rate > 0 && channels > 0)
    self.pattern = pattern
    self.rate = rate
    self.channels = channels
    self.rotation = rotation
    names = RecordingNames(pattern: pattern)
    format = try SoundFormat.output(
      for: .wav16, path: pattern, inputPath: "", container: container, coding: coding, rate: rate,
      channels: channels)
    framesInFile = rotation.seconds.map { max(1, Int64(($0 * Double(rate)).rounded())) } ?? .max
    // These headers count bytes in 32 bits.
    let narrow = [SF_FORMAT_WAV, SF_FORMAT_WAVEX, SF_FORMAT_AIFF, SF_FORMAT_AU].map { Int32($0) }
    let most: Int64 = narrow.contains(format.major) ? 0xfff0_0000 : .max
    bytesInFile = min(most, max(1, rotation.bytes ?? .max))
    if !names.directoryVaries { try AtomicFile.check(path: names.unused(), replacing: false) }
  }

  /// Appends frames, `samples` being interleaved. After an error the file that was begun is gone,
  /// and the next call begins another.
  public func write(
    _ samples: UnsafePointer<Float>, frames: Int
  ) throws(SoundFileError) {
    var done = 0
    while done < frames {
      let open = if let writer { writer } else { try begin() }
      let count = Int(min(Int64(frames - done), framesInFile - framesWritten))
      do throws(SoundFileError) {
        try open.write(
          UnsafeBufferPointer(start: samples + done * channels, count: count * channels))
      } catch {
        writer = nil
        throw error
      }
      done += count
      framesWritten += Int64(count)
      // What the next block may need is judged by what this file's frames needed so far.
      let next = Double(open.bytes) / Double(framesWritten) * Double(count)
      if framesWritten >= framesInFile || Double(open.bytes) + next > Double(bytesInFile) {
        try finish()
      }
    }
  }

  /// Completes the file that was begun, if there is one. Frames written after it begin another.
  public func finish() throws(SoundFileError) {
    guard let open = writer else { return }
    writer = nil
    try open.finish()
    finished += 1
    lastFinished = open.path
    if let keep = rotation.keep { names.removeOldest(keeping: max(1, keep), last: open.path) }
  }

  private func begin() throws(SoundFileError) -> SoundFileWriter {
    if names.directoryVaries { names.makeDirectory() }
    let made = try SoundFileWriter(
      path: names.unused(), format: format, rate: rate, channels: channels)
    writer = made
    framesWritten = 0
    return made
  }
}
