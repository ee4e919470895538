/// The intermediates of a step, named as the integer reference in Training names them.
enum Stage: String {
  case encoder, norm, drive, state, output, gate, residual
  case decoderNorm = "decoder.norm"
  case decoderIndex = "decoder.index"
  case mask

  /// "encoder", "block.1.gate", "decoder.index".
  func name(block: Int) -> String {
    switch self {
    case .encoder, .decoderNorm, .decoderIndex, .mask: rawValue
    default: "block.\(block).\(rawValue)"
    }
  }
}

/// Watches a network at work; for tests that compare it stage by stage.
protocol StageObserver {
  /// False where nothing needs to be made ready for it.
  static var watches: Bool { get }

  mutating func note<T: FixedWidthInteger>(
    _ stage: Stage, block: Int, _ values: UnsafePointer<T>, _ count: Int)
}

extension StageObserver {
  static var watches: Bool { true }
}

/// Sees nothing, and costs nothing once the step is specialised for it.
struct NoObserver: StageObserver {
  static var watches: Bool { false }

  @inline(__always)
  mutating func note<T: FixedWidthInteger>(
    _ stage: Stage, block: Int, _ values: UnsafePointer<T>, _ count: Int
  ) {}
}
