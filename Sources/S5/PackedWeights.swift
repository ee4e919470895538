/// The weights of a model, packed for `FixedPointNetwork`. Never changed after init, so that any
/// number of networks, one a channel, may share one on any threads.
///
/// `@unchecked`, as the compiler cannot see that nobody writes behind the pointers.
public final class PackedWeights: @unchecked Sendable {
  let architecture: Model.Architecture
  let encoder: PackedLayer
  let blocks: UnsafePointer<PackedBlock>
  let decoderNorm: PackedNorm
  let decoder: PackedLayer
  let maskTable: UnsafePointer<Int16>
  private let storage: Storage

  public init(_ model: Model) {
    let storage = Storage()
    self.storage = storage
    architecture = model.architecture
    encoder = PackedLayer(model.encoder, in: storage)
    blocks = storage.copy(model.blocks.map { PackedBlock($0, in: storage) })
    decoderNorm = PackedNorm(model.decoderNorm, in: storage)
    decoder = PackedLayer(model.decoder, in: storage)
    maskTable = storage.copy(model.maskTable)
  }
}

/// A matrix with what follows on its sums: bias, then a right shift, rounded.
struct PackedLayer: BitwiseCopyable {
  let matrix: SparseMatrix
  /// The bias, and the rounding of the shift if it is one to the right.
  let offset: UnsafePointer<Int32>
  /// A right shift; to the left where negative.
  let shift: UnsafePointer<Int32>

  init(_ layer: Model.Layer, in storage: Storage) {
    matrix = SparseMatrix(layer.matrix, in: storage)
    let shifts = layer.shift.map(Int32.init)
    shift = storage.copy(shifts)
    offset = storage.copy(zip(layer.bias, shifts).map { $0 &+ rounding(max($1, 0)) })
  }

  /// The sum of row `r`, with its bias, as the layer's shift makes it.
  @inline(__always)
  func scaled(_ sum: Int32, _ r: Int) -> Int32 { (sum &+ offset[r]) &>> shift[r] }
}

struct PackedNorm: BitwiseCopyable {
  let scale: UnsafePointer<Int16>
  let offset: UnsafePointer<Int16>

  init(_ norm: Model.Norm, in storage: Storage) {
    scale = storage.copy(norm.scale)
    offset = storage.copy(norm.offset)
  }
}

struct PackedBlock: BitwiseCopyable {
  let norm: PackedNorm
  let drive: PackedLayer
  let lambda: UnsafePointer<Int16>
  let output: PackedLayer
  let skip: UnsafePointer<Int16>
  let skipShift: Int32
  let gate: PackedLayer
  let residualShift: Int32

  init(_ block: Model.Block, in storage: Storage) {
    norm = PackedNorm(block.norm, in: storage)
    drive = PackedLayer(block.drive, in: storage)
    lambda = storage.copy(block.lambda)
    output = PackedLayer(block.output, in: storage)
    skip = storage.copy(block.skip)
    skipShift = Int32(block.skipShift)
    gate = PackedLayer(block.gate, in: storage)
    residualShift = Int32(block.residualShift)
  }
}
