/// Carries sound from one thread to one other: a ring of frames, interleaved samples of all
/// channels at one time.
///
/// One thread at a time writes, one reads; anyone may look at the counts. Nothing waits, allocates
/// or locks.
public final class FrameRing: @unchecked Sendable {
  /// Frames it holds, a power of two.
  public let capacity: Int
  /// Samples in a frame.
  public let channels: Int

  private let indices: RingIndices
  private let samples: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - capacity: frames it holds at least, 1 or more; rounded up to a power of two.
  ///   - channels: samples in a frame, 1 or more.
  public convenience init(capacity: Int, channels: Int) {
    self.init(capacity: capacity, channels: channels, start: 0)
  }

  init(capacity: Int, channels: Int, start: UInt64) {
    precondition(channels > 0, "a frame of \(channels) channels")
    indices = RingIndices(atLeast: capacity, start: start)
    self.capacity = indices.capacity
    self.channels = channels
    samples = .allocate(capacity: indices.capacity * channels)
    samples.initialize(repeating: 0, count: indices.capacity * channels)
  }

  deinit {
    indices.deallocate()
    samples.deallocate()
  }

  /// Frames ever written: the position in the stream of the next one. Acquires what was written.
  public var written: UInt64 { indices.written.acquired }

  /// Frames ever read or skipped. Acquires: what was read is no longer in use.
  public var consumed: UInt64 { indices.consumed.acquired }

  /// Frames there are to read. The consumer finds at least as many.
  public var readable: Int { indices.readable }

  /// Frames there is room for. The producer finds at least as many.
  public var writable: Int { indices.writable }

  /// The producer adds frames.
  ///
  /// - Parameters:
  ///   - source: `frames * channels` samples.
  ///   - frames: 0 or more.
  /// - Returns: how many fitted, the first ones; the others are not in the ring.
  public func write(_ source: UnsafePointer<Float>, frames: Int) -> Int {
    let start = indices.written.relaxed
    let count = min(max(frames, 0), indices.writable)
    let place = indices.slot(start)
    let before = min(count, capacity &- place)
    (samples + place &* channels).update(from: source, count: before &* channels)
    samples.update(from: source + before &* channels, count: (count &- before) &* channels)
    indices.written.publish(start &+ UInt64(truncatingIfNeeded: count))
    return count
  }

  /// The consumer takes frames.
  ///
  /// - Parameters:
  ///   - target: room for `frames * channels` samples; what is past the returned frames is left
  ///     alone.
  ///   - frames: 0 or more.
  /// - Returns: how many there were, at most `frames`.
  public func read(_ target: UnsafeMutablePointer<Float>, frames: Int) -> Int {
    let start = indices.consumed.relaxed
    let count = min(max(frames, 0), indices.readable)
    let place = indices.slot(start)
    let before = min(count, capacity &- place)
    target.update(from: samples + place &* channels, count: before &* channels)
    (target + before &* channels).update(from: samples, count: (count &- before) &* channels)
    indices.consumed.publish(start &+ UInt64(truncatingIfNeeded: count))
    return count
  }

  /// The consumer drops frames.
  ///
  /// - Returns: how many there were, at most `frames`.
  public func skip(_ frames: Int) -> Int {
    let count = min(max(frames, 0), indices.readable)
    indices.consumed.publish(indices.consumed.relaxed &+ UInt64(truncatingIfNeeded: count))
    return count
  }
}
