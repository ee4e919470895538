import CSndFile
import Glibc

/// Writes a sound file block by block; it is in its place only after ``finish()``.
///
/// Samples are interleaved `Float`, full scale ±1. For an integer coding each is rounded to the
/// nearest step, and one beyond full scale becomes full scale; ``clipped`` counts those. What
/// ``SoundFileReader`` read from an integer file is written back unchanged (of 32-bit files, the
/// upper 24 bits).
public final class SoundFileWriter {
  public let path: String
  public let rate: Int
  public let channels: Int
  public let format: SoundFormat
  /// How many samples were beyond full scale and were cut to it.
  public private(set) var clipped = 0

  /// Bytes of the file so far; a coding that compresses may hold some back.
  var bytes: Int64 { file.length }

  private let file: AtomicFile
  private var handle: OpaquePointer?
  private var integers: [Int32] = []
  private var floats: [Float] = []

  /// Opens a temporary file for `path`.
  ///
  /// `frames`, where known, is how many are to come: a WAV that would pass 4 GiB is then made
  /// RF64, the same with wide sizes, and an AIFF or AU is refused.
  public init(
    path: String, format: SoundFormat, rate: Int, channels: Int, tags: SoundTags = SoundTags(),
    frames: Int64? = nil, replacing: Bool = false
  ) throws(SoundFileError) {
    self.path = path
    self.rate = rate
    self.channels = channels
    self.format = try SoundFileWriter.widen(format, path: path, channels: channels, frames: frames)
    file = try AtomicFile(path: path, replacing: replacing)
    var information = SF_INFO()
    information.samplerate = Int32(rate)
    information.channels = Int32(channels)
    information.format = self.format.code
    var calls = SoundFileWriter.calls
    handle = sf_open_virtual(
      &calls, Int32(SFM_WRITE), &information, Unmanaged.passUnretained(file).toOpaque())
    guard let handle else {
      let reason = singleLine(String(cString: sf_strerror(nil)))
      file.discard()
      throw SoundFileError(
        .badRequest, path: path,
        "\(self.format.description) cannot be written: \(reason) Choose another with --format")
    }
    // A peak chunk holds the time of writing: the same input would not give the same bytes.
    sf_command(handle, Int32(SFC_SET_ADD_PEAK_CHUNK), nil, Int32(SF_FALSE))
    if self.format.minor == Int32(SF_FORMAT_VORBIS) {
      var quality = 0.6
      let size = Int32(MemoryLayout<Double>.size)
      sf_command(handle, Int32(SFC_SET_VBR_ENCODING_QUALITY), &quality, size)
    }
    tags.put(into: handle)
  }

  deinit { discard() }

  private static func widen(
    _ format: SoundFormat, path: String, channels: Int, frames: Int64?
  ) throws(SoundFileError) -> SoundFormat {
    guard let frames else { return format }
    let bytes = Int64(format.integerBits.map { ($0 + 7) / 8 } ?? 8) * Int64(channels) * frames
    guard bytes >= 0xffff_0000 else { return format }
    switch Int(format.major) {
    case Int(SF_FORMAT_WAV), Int(SF_FORMAT_WAVEX):
      return SoundFormat(code: Int32(SF_FORMAT_RF64) | format.minor)
    case Int(SF_FORMAT_AIFF), Int(SF_FORMAT_AU):
      throw SoundFileError(
        .badRequest, path: path, "would pass 4 GiB, the most its format holds; use --format w64")
    default: return format
    }
  }

  /// Appends frames: `samples` is interleaved, its count a multiple of `channels`.
  public func write(_ samples: UnsafeBufferPointer<Float>) throws(SoundFileError) {
    guard let handle, let base = samples.baseAddress, samples.count > 0 else { return }
    let frames = sf_count_t(samples.count / channels)
    let written: sf_count_t
    if format.isFloat {
      written = sf_writef_float(handle, base, frames)
    } else if let bits = format.integerBits {
      quantize(samples, bits: bits)
      written = sf_writef_int(handle, integers, frames)
    } else {
      limit(samples)
      written = sf_writef_float(handle, floats, frames)
    }
    if file.failure != 0 { throw fail(file.writeError()) }
    if written != frames {
      let reason = singleLine(String(cString: sf_strerror(handle)))
      throw fail(SoundFileError(.io, path: path, "cannot write: \(reason)"))
    }
  }

  /// Completes the file and puts it in its place, on the disk for good.
  public func finish() throws(SoundFileError) {
    guard let handle else { return }
    self.handle = nil
    let result = sf_close(handle)
    if file.failure != 0 { throw fail(file.writeError()) }
    if result != 0 {
      let reason = singleLine(String(cString: sf_error_number(result)))
      throw fail(SoundFileError(.io, path: path, "cannot complete: \(reason)"))
    }
    try file.commit()
  }

  /// Gives the file up; nothing is left of it.
  public func discard() {
    if let handle { sf_close(handle) }
    handle = nil
    file.discard()
  }

  private func fail(_ error: SoundFileError) -> SoundFileError {
    discard()
    return error
  }

  /// To integers, left-justified as libsndfile takes them. Its own conversion rounds down when it
  /// clips, and scales by a step less than it reads with when it does not.
  private func quantize(_ samples: UnsafeBufferPointer<Float>, bits: Int) {
    if integers.count < samples.count {
      integers = [Int32](repeating: 0, count: samples.count)
    }
    let scale = Double(1 << (bits - 1))
    let top = scale - 1
    let shift = Int32(32 - bits)
    for i in 0..<samples.count {
      let value = (Double(samples[i]) * scale).rounded(.toNearestOrEven)
      if value > top || value < -scale {
        // Full scale itself is a step beyond the largest integer, and no one hears that step.
        if value > scale || value < -scale { clipped += 1 }
        integers[i] = Int32(max(-scale, min(top, value))) << shift
      } else {
        integers[i] = Int32(value) << shift
      }
    }
  }

  private func limit(_ samples: UnsafeBufferPointer<Float>) {
    if floats.count < samples.count { floats = [Float](repeating: 0, count: samples.count) }
    for i in 0..<samples.count {
      let value = samples[i]
      if value.magnitude > 1 {
        clipped += 1
        floats[i] = value < 0 ? -1 : 1
      } else {
        floats[i] = value
      }
    }
  }

  private static var calls: SF_VIRTUAL_IO {
    SF_VIRTUAL_IO(
      get_filelen: { user in SoundFileWriter.from(user).length },
      seek: { offset, whence, user in SoundFileWriter.from(user).seek(offset, whence) },
      read: { bytes, count, user in
        sf_count_t(
          SoundFileWriter.from(user).read(
            into: UnsafeMutableRawBufferPointer(start: bytes, count: Int(count))))
      },
      write: { bytes, count, user in
        sf_count_t(
          SoundFileWriter.from(user).writeSome(
            UnsafeRawBufferPointer(start: bytes, count: Int(count))))
      },
      tell: { user in SoundFileWriter.from(user).seek(0, SEEK_CUR) })
  }

  private static func from(_ user: UnsafeMutableRawPointer?) -> AtomicFile {
    guard let user else { preconditionFailure("libsndfile lost its file") }
    return Unmanaged<AtomicFile>.fromOpaque(user).takeUnretainedValue()
  }
}
