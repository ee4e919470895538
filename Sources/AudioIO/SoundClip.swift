import CSndFile
import Glibc

/// The beginning of a sound, encoded in memory, compact enough to put in a page.
public final class SoundClip {
  /// Such as `audio/mpeg`.
  public let mediaType: String
  /// Frames taken so far.
  public private(set) var frames: Int64 = 0
  /// Whether the sound went on after the clip was full.
  public private(set) var isCut = false

  private let channels: Int
  private let mostFrames: Int64
  private let memory = Memory()
  private var handle: OpaquePointer?
  private var scratch: [Float] = []
  private let mixes: Bool

  private static let mostBytes = 6 << 20

  /// MP3, which every browser plays, where it can hold `rate`, else FLAC, else WAV. More than two
  /// channels are mixed to one. The clip ends after `seconds`, or at 6 MiB.
  public init(rate: Int, channels: Int, seconds: Int) throws(SoundFileError) {
    self.channels = channels
    mixes = channels > 2
    mostFrames = Int64(rate) * Int64(seconds)
    let kinds: [(code: Int, type: String)] = [
      (Int(SF_FORMAT_MPEG) | Int(SF_FORMAT_MPEG_LAYER_III), "audio/mpeg"),
      (Int(SF_FORMAT_FLAC) | Int(SF_FORMAT_PCM_16), "audio/flac"),
      (Int(SF_FORMAT_WAV) | Int(SF_FORMAT_PCM_16), "audio/wav"),
    ]
    for kind in kinds {
      var information = SF_INFO()
      information.samplerate = Int32(rate)
      information.channels = mixes ? 1 : Int32(channels)
      information.format = Int32(kind.code)
      guard sf_format_check(&information) != 0 else { continue }
      var calls = Memory.calls
      handle = sf_open_virtual(
        &calls, Int32(SFM_WRITE), &information, Unmanaged.passUnretained(memory).toOpaque())
      if handle != nil {
        mediaType = kind.type
        return
      }
    }
    throw SoundFileError(.io, path: "report", "no sound can be encoded for it")
  }

  deinit {
    if let handle { sf_close(handle) }
  }

  /// Appends interleaved frames until the clip is full.
  public func write(_ samples: UnsafeBufferPointer<Float>) {
    let there = samples.count / channels
    let count = Int(min(Int64(there), mostFrames - frames))
    if count < there { isCut = true }
    guard let handle, count > 0 else { return }
    if memory.bytes.count > SoundClip.mostBytes {
      isCut = true
      return
    }
    let width = mixes ? 1 : channels
    if scratch.count < count * width { scratch = [Float](repeating: 0, count: count * width) }
    for i in 0..<(count * width) {
      let value =
        mixes
        ? samples[(i * channels)..<((i + 1) * channels)].reduce(0, +) / Float(channels)
        : samples[i]
      scratch[i] = max(-1, min(0.99996, value))
    }
    frames += Int64(sf_writef_float(handle, scratch, sf_count_t(count)))
  }

  /// The encoded file; nothing can be written afterwards.
  public func finish() -> [UInt8] {
    if let handle { sf_close(handle) }
    handle = nil
    return memory.bytes
  }

  /// A file that is an array.
  private final class Memory {
    var bytes: [UInt8] = []
    var position = 0

    static var calls: SF_VIRTUAL_IO {
      SF_VIRTUAL_IO(
        get_filelen: { user in sf_count_t(Memory.from(user).bytes.count) },
        seek: { offset, whence, user in
          let memory = Memory.from(user)
          let base =
            whence == SEEK_CUR ? memory.position : whence == SEEK_END ? memory.bytes.count : 0
          memory.position = max(0, base + Int(offset))
          return sf_count_t(memory.position)
        },
        read: { target, count, user in
          let memory = Memory.from(user)
          let n = max(0, min(Int(count), memory.bytes.count - memory.position))
          memory.bytes.withUnsafeBytes { bytes in
            if let target, let base = bytes.baseAddress {
              target.copyMemory(from: base + memory.position, byteCount: n)
            }
          }
          memory.position += n
          return sf_count_t(n)
        },
        write: { source, count, user in
          let memory = Memory.from(user)
          let end = memory.position + Int(count)
          if memory.bytes.count < end {
            memory.bytes.append(
              contentsOf: repeatElement(0, count: end - memory.bytes.count))
          }
          memory.bytes.withUnsafeMutableBytes { bytes in
            if let source, let base = bytes.baseAddress {
              (base + memory.position).copyMemory(from: source, byteCount: Int(count))
            }
          }
          memory.position = end
          return count
        },
        tell: { user in sf_count_t(Memory.from(user).position) })
    }

    private static func from(_ user: UnsafeMutableRawPointer?) -> Memory {
      guard let user else { preconditionFailure("libsndfile lost its memory") }
      return Unmanaged<Memory>.fromOpaque(user).takeUnretainedValue()
    }
  }
}
