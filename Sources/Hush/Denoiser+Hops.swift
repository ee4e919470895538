extension Denoiser {
  /// Frames of a hop: 8 ms, or 4 where the model's delay is 8.
  public var hop: Int { framing.hop }

  /// What a hop lasts, nominally, in seconds: 0.008 or 0.004. Where the rate has no such hop, its
  /// frames last a little more or less.
  public var hopSeconds: Double { framing.kind.hopSeconds }

  /// Frames of the window that a mask is made of: 32 ms.
  public var window: Int { framing.window }

  /// Frames from a hop handed to `denoiseHop` to what comes back: `latency` less the hop in which its
  /// first frame had to wait for the last.
  public var hopDelay: Int { framing.delay - framing.hop }

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
