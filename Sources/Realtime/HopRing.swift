/// Carries hops, each with its header, from one thread to one other.
///
/// Hops are filled and looked at in place. One thread at a time produces, one consumes. Nothing
/// waits, allocates or locks.
public final class HopRing: @unchecked Sendable {
  /// Hops it holds, a power of two.
  public let capacity: Int
  /// Frames in a hop.
  public let hop: Int
  /// Samples in a frame.
  public let channels: Int

  private let indices: RingIndices
  private let headers: UnsafeMutablePointer<HopHeader>
  private let samples: UnsafeMutablePointer<Float>
  /// Samples from one hop to the next: whole cache lines, so that the hop being filled shares none
  /// with the hop being read.
  private let stride: Int

  /// - Parameters:
  ///   - capacity: hops it holds at least, 1 or more; rounded up to a power of two.
  ///   - hop: frames in a hop, 1 or more.
  ///   - channels: samples in a frame, 1 or more.
  public convenience init(capacity: Int, hop: Int, channels: Int) {
    self.init(capacity: capacity, hop: hop, channels: channels, start: 0)
  }

  init(capacity: Int, hop: Int, channels: Int, start: UInt64) {
    precondition(hop > 0 && channels > 0, "a hop of \(hop) frames of \(channels) channels")
    indices = RingIndices(atLeast: capacity, start: start)
    self.capacity = indices.capacity
    self.hop = hop
    self.channels = channels
    let line = 128 / MemoryLayout<Float>.stride
    stride = (hop * channels + line - 1) / line * line
    headers = .allocate(capacity: indices.capacity)
    headers.initialize(repeating: HopHeader(), count: indices.capacity)
    let count = indices.capacity * stride
    samples = UnsafeMutableRawPointer.allocate(
      byteCount: count * MemoryLayout<Float>.stride, alignment: 128
    ).bindMemory(to: Float.self, capacity: count)
    samples.initialize(repeating: 0, count: count)
  }

  deinit {
    indices.deallocate()
    headers.deallocate()
    UnsafeMutableRawPointer(samples).deallocate()
  }

  /// Whole hops there are to look at. The consumer finds at least as many.
  public var readable: Int { indices.readable }

  /// Hops there is room for. The producer finds at least as many.
  public var writable: Int { indices.writable }

  /// The producer's next hop: `hop * channels` interleaved samples to fill, as they were left when
  /// the slot was used last. nil if the ring is full.
  ///
  /// The same slot until `commit`.
  public func claim() -> UnsafeMutablePointer<Float>? {
    guard indices.writable > 0 else { return nil }
    return samples + indices.slot(indices.written.relaxed) &* stride
  }

  /// The producer hands over the hop that it has claimed and filled.
  public func commit(_ header: HopHeader) {
    precondition(indices.writable > 0, "no hop was claimed")
    let index = indices.written.relaxed
    headers[indices.slot(index)] = header
    indices.written.publish(index &+ 1)
  }

  /// The consumer looks at a hop, which stays as it is until it is released.
  ///
  /// - Parameter ahead: 0 for the oldest hop, 1 for the next, and so on.
  /// - Returns: its header and `hop * channels` interleaved samples; nil if it is not there yet.
  public func peek(
    _ ahead: Int
  ) -> (header: UnsafePointer<HopHeader>, samples: UnsafePointer<Float>)? {
    guard ahead >= 0, ahead < indices.readable else { return nil }
    let slot = indices.slot(indices.consumed.relaxed &+ UInt64(truncatingIfNeeded: ahead))
    return (UnsafePointer(headers + slot), UnsafePointer(samples + slot &* stride))
  }

  /// The consumer gives the oldest hops back to the producer.
  ///
  /// - Parameter count: 0...`readable`.
  public func release(_ count: Int) {
    precondition(count >= 0 && count <= indices.readable, "hops that are not there")
    indices.consumed.publish(indices.consumed.relaxed &+ UInt64(truncatingIfNeeded: count))
  }
}
