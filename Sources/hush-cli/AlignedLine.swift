import Hush

/// A denoiser whose output is as long as its input and not late: the first `latency` frames, which
/// are of the time before the input, are dropped, and at the end silence pushes out the rest.
final class AlignedLine {
  private let denoiser: Denoiser
  private let before: (UnsafeBufferPointer<Float>) throws -> Void
  private let after: (UnsafeBufferPointer<Float>) throws -> Void
  private let hop: ((HopStatistics) throws -> Void)?
  private let input: UnsafeMutableBufferPointer<Float>
  private let output: UnsafeMutableBufferPointer<Float>
  private var toDrop: Int

  /// `before` sees each block of input, `after` the output, with the same frames in the end but in
  /// different blocks. Blocks are interleaved. `hop` is told what each hop did that the input fills or
  /// begins, and those of the silence after it.
  init(
    _ denoiser: Denoiser, hop: ((HopStatistics) throws -> Void)? = nil,
    before: @escaping (UnsafeBufferPointer<Float>) throws -> Void,
    after: @escaping (UnsafeBufferPointer<Float>) throws -> Void
  ) {
    self.hop = hop
    self.denoiser = denoiser
    self.before = before
    self.after = after
    toDrop = denoiser.latency
    input = .allocate(capacity: 8192 * denoiser.channels)
    output = .allocate(capacity: 8192 * denoiser.channels)
    input.initialize(repeating: 0)
    output.initialize(repeating: 0)
  }

  deinit {
    input.deallocate()
    output.deallocate()
  }

  /// Takes a block from `source`; false when there is no more.
  func step(_ source: any SoundSource) throws -> Bool {
    let frames = try source.read(into: input)
    guard frames > 0 else { return false }
    try before(UnsafeBufferPointer(rebasing: input[..<(frames * denoiser.channels)]))
    try pass(frames)
    return true
  }

  /// After the last block.
  func flush() throws {
    input.update(repeating: 0)
    var left = denoiser.latency
    while left > 0 {
      let frames = min(left, 8192)
      try pass(frames)
      left -= frames
    }
  }

  private func pass(_ frames: Int) throws {
    let count = frames * denoiser.channels
    try denoise(frames)
    let dropped = min(frames, toDrop)
    toDrop -= dropped
    guard dropped < frames else { return }
    try after(UnsafeBufferPointer(rebasing: output[(dropped * denoiser.channels)..<count]))
  }

  /// The block, or the pieces of it that end with a hop where each hop is asked for.
  private func denoise(_ frames: Int) throws {
    var done = 0
    while done < frames {
      let piece = hop == nil ? frames : min(frames - done, denoiser.hop - denoiser.position)
      let range = done * denoiser.channels..<(done + piece) * denoiser.channels
      denoiser.process(
        UnsafeBufferPointer(rebasing: input[range]),
        into: UnsafeMutableBufferPointer(rebasing: output[range]))
      done += piece
      if let hop, denoiser.position == 0 { try hop(denoiser.lastHop) }
    }
  }
}
