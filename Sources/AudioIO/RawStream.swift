import Glibc

/// Raw interleaved samples from a descriptor such as standard input. Each read takes what is there
/// and waits only when nothing is, so in a pipe no sample is held back.
public final class RawReader {
  public let path: String
  public let rate: Int
  public let channels: Int
  public let format: SampleFormat
  /// How many frames were read so far.
  public private(set) var position: Int64 = 0
  /// Bytes after the last whole frame; not 0 only at the end of a stream that ends amid a frame.
  public private(set) var leftover = 0

  private let descriptor: Int32
  private var bytes: [UInt8]

  /// `path` is what errors call the stream.
  public init(
    descriptor: Int32, path: String, rate: Int, channels: Int, format: SampleFormat
  ) {
    self.descriptor = descriptor
    self.path = path
    self.rate = rate
    self.channels = channels
    self.format = format
    bytes = [UInt8](repeating: 0, count: 65_536)
  }

  /// Fills `block` as far as bytes are there, at least one frame; 0 at the end.
  public func read(
    into block: UnsafeMutableBufferPointer<Float>
  ) throws(SoundFileError) -> Int {
    let size = format.width * channels
    let most = min(block.count / channels, bytes.count / size) * size
    while true {
      let start = leftover
      let n = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress.map { $0 + start }, most - start)
      }
      if n < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN {
          var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
          _ = poll(&wait, 1, -1)
          continue
        }
        throw SoundFileError(.io, path: path, "cannot read: \(systemMessage(errno))")
      }
      if n == 0 { return 0 }
      let there = leftover + n
      let frames = there / size
      leftover = there
      if frames > 0 { return try take(frames, size: size, into: block) }
    }
  }

  private func take(
    _ frames: Int, size: Int, into block: UnsafeMutableBufferPointer<Float>
  ) throws(SoundFileError) -> Int {
    let samples = UnsafeMutableBufferPointer(rebasing: block[..<(frames * channels)])
    bytes.withUnsafeBytes {
      format.decode(UnsafeRawBufferPointer(rebasing: $0[..<(frames * size)]), into: samples)
    }
    if position == 0, hasFileHeader {
      throw SoundFileError(
        .badData, path: path,
        "is a sound file with a header, not raw samples; give hush the file by its name")
    }
    let used = frames * size
    bytes.withUnsafeMutableBytes { bytes in
      for i in 0..<(leftover - used) { bytes[i] = bytes[used + i] }
    }
    leftover -= used
    if format.isFloat, let bad = firstUnusable(UnsafeBufferPointer(samples)) {
      throw unusableSample(
        samples[bad], at: position + Int64(bad / channels), channel: bad % channels,
        rate: rate, path: path)
    }
    position += Int64(frames)
    return frames
  }

  /// Whether the stream begins as WAV, FLAC or Ogg do: as samples that would be a loud click and
  /// noise, and it is an easy mistake to make.
  private var hasFileHeader: Bool {
    ["RIFF", "fLaC", "OggS"].contains { leftover >= 4 && bytes.starts(with: $0.utf8) }
  }
}

/// Raw interleaved samples to a descriptor such as standard output, each block at once.
public final class RawWriter {
  public let path: String
  public let format: SampleFormat
  /// How many samples were beyond full scale and were cut to it.
  public private(set) var clipped = 0

  private let descriptor: Int32
  private var bytes: [UInt8] = []

  public init(descriptor: Int32, path: String, format: SampleFormat) {
    self.descriptor = descriptor
    self.path = path
    self.format = format
  }

  /// Writes and does not return before all is written. When the reader has gone away the error's
  /// kind is `brokenPipe`; for that the process must ignore `SIGPIPE`.
  public func write(_ samples: UnsafeBufferPointer<Float>) throws(SoundFileError) {
    let size = samples.count * format.width
    if bytes.count < size { bytes = [UInt8](repeating: 0, count: size) }
    clipped += bytes.withUnsafeMutableBytes { format.encode(samples, into: $0) }
    var done = 0
    while done < size {
      let n = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, size - done)
      }
      if n >= 0 {
        done += n
      } else if errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&wait, 1, -1)
      } else if errno == EPIPE {
        throw SoundFileError(.brokenPipe, path: path, "the reader went away")
      } else if errno != EINTR {
        throw SoundFileError(.io, path: path, "cannot write: \(systemMessage(errno))")
      }
    }
  }
}
