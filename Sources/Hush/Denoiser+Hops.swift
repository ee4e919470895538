import Spectral

extension Denoiser {
  /// Frames of a hop of 8 ms at a sample rate in Hz.
  public static func hop(rate: Int) -> Int { Framing(rate: rate).hop }

  /// Frames from a hop handed to `denoiseHop` to what comes back: three hops, 24 ms.
  ///
  /// The first frame of a hop is heard a window, 32 ms, after it came in: three hops, and the one
  /// in which it had to wait for the last.
  public static func hopDelay(rate: Int) -> Int {
    let framing = Framing(rate: rate)
    return framing.window - framing.hop
  }

  /// Denoises a whole hop, and hands out the result at once.
  ///
  /// For those who have whole hops, such as a thread that is fed by a ring: `process` would hand
  /// out the hop before, since it does not know when the rest of a hop will come.
  ///
  /// - Parameters:
  ///   - input: a hop of interleaved samples, full scale 1.
  ///   - output: room for as many; may be the memory of `input`.
  /// - Precondition: no frames of a hop begun by `process` are pending.
  public func denoiseHop(
    _ input: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>
  ) {
    let count = framing.hop &* channels
    precondition(input.count == count && output.count == count, "not a whole hop")
    precondition(position == 0, "a hop is pending")
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    var index = 0
    while index < channels {
      paths[index]._withUnsafeGuaranteedRef {
        $0.take(source + index, stride: channels, count: framing.hop)
      }
      index &+= 1
    }
    advance()
    index = 0
    while index < channels {
      paths[index]._withUnsafeGuaranteedRef {
        $0.give(target + index, stride: channels, count: framing.hop)
      }
      index &+= 1
    }
  }
}
