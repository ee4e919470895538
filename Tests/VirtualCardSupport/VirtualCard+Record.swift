import Glibc

extension VirtualCard {
  /// Nanoseconds of CLOCK_MONOTONIC at frame 0 of both sides.
  public var epoch: UInt64 { block[.epoch] }

  public func account(_ side: Side) -> Account {
    let isCapture = side == .capture
    func word(_ word: ControlBlock.SideWord) -> UInt64 { block[capture: isCapture, word] }
    return Account(
      opens: Int(word(.opens)), open: Int(word(.open)), starts: Int(word(.starts)),
      stops: Int(word(.stops)), xruns: Int(word(.xruns)), isRunning: word(.running) != 0,
      startFrame: word(.startFrame), hardware: word(.hardware), program: word(.program),
      rate: Int(word(.rate)), period: Int(word(.period)), buffer: Int(word(.buffer)))
  }

  /// The side's real frames per second, at the rate it was last opened with.
  public func trueRate(_ side: Side) -> Double {
    let opened = account(side).rate
    let ppm = side == .capture ? options.capturePPM : options.playbackPPM
    return Double(opened > 0 ? opened : options.rates[0]) * (1 + ppm * 1e-6)
  }

  /// When the side's frame is at the buffer's end of the card, nanoseconds; the way through the air
  /// (`captureLatency`, `playbackLatency`) is before or after it.
  public func time(ofFrame frame: Double, _ side: Side) -> UInt64 {
    epoch + UInt64(frame / trueRate(side) * 1e9)
  }

  /// The side's frame at a time.
  public func frame(at time: UInt64, _ side: Side) -> Double {
    (Double(time) - Double(epoch)) * 1e-9 * trueRate(side)
  }

  /// What left the loudspeaker, from frame 0 on, interleaved with the opened number of channels;
  /// silence where nothing was played. Of a running stream it holds what is still in the buffer.
  public func heard() -> [Float] {
    guard let bytes = PlugIn.bytes("\(folder)/heard") else { return [] }
    return bytes.withUnsafeBytes { bytes in
      [Float](unsafeUninitializedCapacity: bytes.count / 4) { samples, count in
        count = bytes.count / 4
        UnsafeMutableRawBufferPointer(samples).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[..<(count * 4)]))
      }
    }
  }

  /// A part of ``heard()``, by samples; shorter where not so much was played.
  public func heard(_ range: Range<Int>) -> [Float] {
    let descriptor = open("\(folder)/heard", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    return [Float](unsafeUninitializedCapacity: range.count) { samples, count in
      let bytes = pread(descriptor, samples.baseAddress, range.count * 4, range.lowerBound * 4)
      count = max(bytes, 0) / 4
    }
  }

  /// Lets the microphone hear something else from its next opening on.
  public func hear(_ sound: [Float]) { PlugIn.write(sound, to: "\(folder)/sound") }

  /// How many frames later than the microphone heard it a sound left the loudspeaker: 0..<`most`,
  /// looked for in `length` frames of `heard` from frame `start` on. Both are of one channel, one
  /// rate and one clock, and the sound repeats no earlier than after `most` frames. `match` is 1 for
  /// the very same, 0 for nothing in common.
  public static func lag(
    of sound: [Float], in heard: [Float], from start: Int, length: Int, below most: Int
  ) -> (frames: Int, match: Double) {
    var best = (frames: 0, match: -1.0)
    guard start >= most, start + length <= heard.count, !sound.isEmpty else { return best }
    let part = Array(heard[start..<start + length])
    let early = (0..<length + most).map { sound[(start - most + $0) % sound.count] }
    part.withUnsafeBufferPointer { part in
      early.withUnsafeBufferPointer { early in
        for frames in 0..<most {
          var (both, one, other): (Float, Float, Float) = (0, 1e-20, 1e-20)
          let offset = most - frames
          var i = 0
          while i < length {
            let (a, b) = (part[i], early[i &+ offset])
            both += a * b
            one += a * a
            other += b * b
            i &+= 1
          }
          let match = Double(both) / (Double(one) * Double(other)).squareRoot()
          if match > best.match { best = (frames, match) }
        }
      }
    }
    return best
  }
}
