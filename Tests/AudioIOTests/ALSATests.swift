import Testing
import VirtualCardSupport

@testable import AudioIO

/// Everything that opens ALSA devices, one after the other: the machine's two cores are shared,
/// and the real-time pace of the virtual cards is not to be disturbed by the next one.
@Suite(.serialized, .takes) struct ALSATests {}

extension ALSATests {
  /// Numbers that no format rounds.
  static func noise(_ count: Int) -> [Float] {
    (0..<count).map { (i: Int) -> Float in
      let mixed = i &* 7919 &+ (i &* i) % 911
      return Float(mixed % 65_536 - 32_768) / 32_768
    }
  }

  /// Reads until `frames` are there, or two seconds have brought none.
  static func read(_ pcm: PCMStream, frames: Int) -> (samples: [Float], trouble: PCMResult?) {
    var samples: [Float] = []
    var block = [Float](repeating: 0, count: pcm.buffer * pcm.streamChannels)
    while samples.count < frames * pcm.streamChannels {
      switch pcm.wait(milliseconds: 2000) {
      case .frames: break
      case let other: return (samples, other)
      }
      switch pcm.read(&block, frames: pcm.buffer) {
      case .frames(let count): samples += block[..<(count * pcm.streamChannels)]
      case let other: return (samples, other)
      }
    }
    return (samples, nil)
  }

  /// Writes all of it, starting the stream once its buffer is full.
  static func write(_ pcm: PCMStream, _ samples: [Float]) -> PCMResult {
    let frames = samples.count / pcm.streamChannels
    var done = 0
    while done < frames {
      let result = samples.withUnsafeBufferPointer {
        pcm.write($0.baseAddress! + done * pcm.streamChannels, frames: frames - done)
      }
      guard case .frames(let count) = result else { return result }
      done += count
      if done < frames || pcm.position().state == .prepared {
        if pcm.position().state == .prepared, pcm.start() != .frames(0) { return .timeout }
        if case .frames = pcm.wait(milliseconds: 2000) { continue }
        return .timeout
      }
    }
    return .frames(done)
  }

  /// Where two runs of samples part, in words; nil: nowhere. An expectation would print them all.
  static func difference(_ a: some Collection<Float>, _ b: some Collection<Float>) -> String? {
    if let (place, pair) = zip(a, b).enumerated().first(where: { $0.element.0 != $0.element.1 }) {
      return "sample \(place) is \(pair.0), should be \(pair.1)"
    }
    return a.count == b.count ? nil : "\(a.count) samples, should be \(b.count)"
  }
}
