import AudioIO
import Glibc

/// Opens named pipes and the standard streams.
enum Pipes {
  /// A named pipe is opened for writing, too: so it does not end when a writer goes away, and the
  /// next one is heard.
  static func openForReading(_ path: String) throws(SoundFileError) -> Int32 {
    if path == "-" { return STDIN_FILENO }
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    return descriptor
  }

  /// Does not wait until someone reads: without a reader it fails, and is tried again.
  static func openForWriting(_ path: String) throws(SoundFileError) -> Int32 {
    if path == "-" { return STDOUT_FILENO }
    let descriptor = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENXIO {
        throw SoundFileError(.cannotCreate, path: path, "waits for someone to read the pipe")
      }
      throw failure(path)
    }
    return descriptor
  }

  private static func failure(_ path: String) -> SoundFileError {
    let number = errno
    let mend = number == ENOENT ? "; make it with mkfifo" : ""
    return SoundFileError(
      .noInput, path: path, "cannot open the pipe: \(String(cString: strerror(number)))\(mend)")
  }
}

/// Raw samples from a named pipe or standard input.
final class PipeSource: FrameSource {
  let path: String
  let rate: Int
  let channels: Int
  private let reader: RawReader
  private let descriptor: Int32
  private let isOver: () -> Bool

  /// - Parameter isOver: whether to give up waiting.
  init(
    path: String, rate: Int, channels: Int, format: SampleFormat, isOver: @escaping () -> Bool
  ) throws(SoundFileError) {
    self.path = path
    self.rate = rate
    self.channels = channels
    self.isOver = isOver
    descriptor = try Pipes.openForReading(path)
    reader = RawReader(
      descriptor: descriptor, path: path, rate: rate, channels: channels, format: format)
  }

  deinit { if descriptor > STDERR_FILENO { close(descriptor) } }

  func read(into block: UnsafeMutableBufferPointer<Float>) throws(SoundFileError) -> Int {
    while !isOver() {
      var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      // Woken now and then to see whether it is over.
      if poll(&ready, 1, 100) > 0 { return try reader.read(into: block) }
    }
    return 0
  }
}

/// Raw samples to a descriptor.
final class PipeSink: HopSink {
  private let writer: RawWriter
  private let descriptor: Int32

  init(descriptor: Int32, path: String, format: SampleFormat) {
    self.descriptor = descriptor
    writer = RawWriter(descriptor: descriptor, path: path, format: format)
  }

  deinit { if descriptor > STDERR_FILENO { close(descriptor) } }

  func write(_ samples: UnsafeBufferPointer<Float>) throws(SoundFileError) {
    try writer.write(samples)
  }

  func finish() {}
}

/// Takes everything and keeps nothing.
final class NullSink: HopSink {
  func write(_ samples: UnsafeBufferPointer<Float>) {}
  func finish() {}
}
