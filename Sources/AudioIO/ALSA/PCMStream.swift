import CALSA
import Glibc

/// An open ALSA PCM, read or written as `Float`, full scale ±1.
///
/// It is used by one thread at a time. `start`, `prepare`, `drop`, `wait`, `position`, `read` and
/// `write` neither allocate nor take a lock of this process's own, and never wait but in `wait`; a
/// sound server's plug-in may still do either. Opening and closing are for other threads.
///
/// A stream that has just been opened is prepared. Playback is to be filled, then started; capture
/// only started. After an xrun comes `prepare()`, then the same.
public final class PCMStream: @unchecked Sendable {
  /// The PCM's name, as asked for.
  public let device: String
  public let direction: PCMDirection
  /// Frames per second, by the device's own clock.
  public let rate: Int
  /// The device's channels.
  public let channels: Int
  /// Channels of what is read and written here.
  public let streamChannels: Int
  public let format: PCMFormat
  /// Frames from one wake-up to the next.
  public let period: Int
  /// Frames the device holds.
  public let buffer: Int
  /// Whether samples are read and written in the device's memory.
  public let isMapped: Bool
  /// The device's clock: streams with the same name run on one and cannot drift apart.
  public let clockName: String

  let handle: OpaquePointer
  let status: OpaquePointer
  let descriptors: UnsafeMutablePointer<pollfd>
  let descriptorCount: UInt32
  /// Frames on their way to and from a device whose memory is not mapped.
  let staging: UnsafeMutableRawPointer
  /// As in `PCMSetup`, out of reach of reference counting.
  let reading: UnsafeMutablePointer<Int>
  let writing: UnsafeMutablePointer<Int>
  /// Whether device channel i is stream channel i for all, so that samples are a run.
  let isDirect: Bool
  var dither: Dither
  /// Captured frames that were read since the stream was prepared.
  var taken = 0
  private var isClosed = false

  /// Opens and sets up.
  public init(_ request: PCMRequest) throws(PCMError) {
    let opened = try PCMHandle(request)
    let setup = try PCMNegotiation.settle(request, opened.pointer)
    device = request.device
    direction = request.direction
    rate = setup.rate
    channels = setup.channels
    streamChannels = setup.streamChannels
    format = setup.format
    period = setup.period
    buffer = setup.buffer
    isMapped = setup.isMapped
    dither = Dither(isOn: setup.format == .s16)
    clockName = PCMClockName.find(
      opened.pointer, device: request.device, direction: request.direction)

    let map = request.direction == .capture ? setup.reading : setup.writing
    isDirect = setup.channels == setup.streamChannels && map == Array(0..<setup.channels)
    reading = .allocate(capacity: setup.reading.count)
    reading.initialize(from: setup.reading, count: setup.reading.count)
    writing = .allocate(capacity: setup.writing.count)
    writing.initialize(from: setup.writing, count: setup.writing.count)
    let bytes = setup.isMapped ? 0 : setup.buffer * setup.channels * setup.format.width
    staging = .allocate(byteCount: max(bytes, 64), alignment: 64)
    staging.initializeMemory(as: UInt8.self, repeating: 0, count: max(bytes, 64))
    var made: OpaquePointer?
    snd_pcm_status_malloc(&made)
    guard let made else { fatalError("no memory is left") }
    status = made
    handle = opened.take()
    descriptorCount = UInt32(clamping: max(1, snd_pcm_poll_descriptors_count(handle)))
    descriptors = .allocate(capacity: Int(descriptorCount))
    descriptors.initialize(repeating: pollfd(), count: Int(descriptorCount))
    snd_pcm_prepare(handle)
  }

  deinit {
    close()
    snd_pcm_status_free(status)
    descriptors.deallocate()
    staging.deallocate()
    reading.deallocate()
    writing.deallocate()
  }

  /// Closes the device at once; nothing is played out. Only `close` may be called after it.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    snd_pcm_drop(handle)
    snd_pcm_close(handle)
  }

  /// Whether both run on one clock, as far as is known.
  public func sharesClock(with other: PCMStream) -> Bool { clockName == other.clockName }
}
