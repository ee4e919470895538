/// Where the capture stream is: the map from frames to the time they were caught.
///
/// The capture thread publishes one with every period; others reckon from the newest.
struct CapturePoint: BitwiseCopyable, Sendable {
  /// A frame's place in the stream, counted from the first that was put into the ring.
  var position: UInt64 = 0
  /// When that frame entered the device, in CLOCK_MONOTONIC nanoseconds.
  var time: UInt64 = 0
  /// Frames a second, as measured.
  var rate: Double = 48_000
  /// Frames that were in the ring after the last write.
  var written: UInt64 = 0
  /// When that write was done.
  var arrived: UInt64 = 0
  /// Frames from one write to the next.
  var period: UInt64 = 1
  /// Frames of the last write: more than a period where the device gives several at once.
  var chunk: UInt64 = 1

  /// When a frame was caught.
  func time(at position: UInt64) -> UInt64 {
    let frames = Double(Int64(bitPattern: position &- self.position))
    return time &+ UInt64(bitPattern: Int64(frames / rate * 1e9))
  }

  /// When the frames before `position` were all in the ring: those of the last write came with it,
  /// others whole periods before.
  ///
  /// - Returns: nil if some came after this point was published: just now.
  func arrival(of position: UInt64) -> UInt64? {
    let behind = Int64(bitPattern: written &- position)
    guard behind >= 0 else { return nil }
    guard behind >= chunk else { return arrived }
    let periods = 1 + (UInt64(behind) - chunk) / max(period, 1)
    return arrived &- UInt64(Double(periods &* period) / rate * 1e9)
  }
}
