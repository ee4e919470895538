import Hush

/// A denoiser whose output is as long as its input and not late: the first `latency` frames, which
/// are of the time before the input, are dropped, and at the end silence pushes out the rest.
final class AlignedLine {
  private let denoiser: Denoiser
  private let before: (UnsafeBufferPointer<Float>) throws -> Void
  private let after: (UnsafeBufferPointer<Float>) throws -> Void
  private let input: UnsafeMutableBufferPointer<Float>
  private let output: UnsafeMutableBufferPointer<Float>
  private var toDrop: Int

  /// `before` sees each block of input, `after` the output, with the same frames in the end but in
  /// different blocks. Blocks are interleaved.
  init(
    _ denoiser: Denoiser, before: @escaping (UnsafeBufferPointer<Float>) throws -> Void,
    after: @escaping (UnsafeBufferPointer<Float>) throws -> Void
  ) {
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
    denoiser.process(
      UnsafeBufferPointer(rebasing: input[..<count]),
      into: UnsafeMutableBufferPointer(rebasing: output[..<count]))
    let dropped = min(frames, toDrop)
    toDrop -= dropped
    guard dropped < frames else { return }
    try after(UnsafeBufferPointer(rebasing: output[(dropped * denoiser.channels)..<count]))
  }
}
