import Realtime

/// Reads the denoised hops frame by frame; one thread's own.
final class HopReader {
  let ring: HopRing
  let channels: Int
  private let hop: Int
  private let nanosecondsPerFrame: Double
  /// Frames of the front hop that are already gone.
  private var offset = 0

  init(_ ring: HopRing, rate: Int) {
    self.ring = ring
    channels = ring.channels
    hop = ring.hop
    nanosecondsPerFrame = 1e9 / Double(rate)
  }

  /// Frames that can be read now.
  var available: Int { ring.readable &* hop &- offset }

  /// When the next frame was caught by the microphone; nil where there is none.
  var captured: UInt64? {
    guard let front = ring.peek(0) else { return nil }
    return front.header.pointee.captured &+ UInt64(Double(offset) * nanosecondsPerFrame)
  }

  /// Copies frames without taking them.
  ///
  /// - Returns: how many there were, `frames` or fewer.
  func peek(into target: UnsafeMutablePointer<Float>, frames: Int) -> Int {
    var (done, ahead, start) = (0, 0, offset)
    while done < frames, let slot = ring.peek(ahead) {
      let count = min(frames &- done, hop &- start)
      (target + done &* channels).update(
        from: slot.samples + start &* channels, count: count &* channels)
      done &+= count
      ahead &+= 1
      start = 0
    }
    return done
  }

  /// Passes over frames, as many as there are.
  ///
  /// - Returns: how many there were, `frames` or fewer.
  @discardableResult
  func skip(_ frames: Int) -> Int {
    let count = min(frames, available)
    guard count > 0 else { return 0 }
    offset &+= count
    let whole = offset / hop
    if whole > 0 {
      ring.release(whole)
      offset &-= whole &* hop
    }
    return count
  }

  /// Takes frames.
  ///
  /// - Returns: how many there were, `frames` or fewer.
  func read(into target: UnsafeMutablePointer<Float>, frames: Int) -> Int {
    skip(peek(into: target, frames: frames))
  }

  /// Passes over everything.
  func flush() { skip(available) }
}
