import CKernels

/// The weights of a model, packed for `FixedPointNetwork` and the processor it runs on. Never
/// changed after init, so that any number of networks, one a channel, may share one on any threads.
///
/// `@unchecked`, as the compiler cannot see that nobody writes behind the pointers.
public final class PackedWeights: @unchecked Sendable {
  let architecture: Model.Architecture
  let kernels: hush_kernels
  let encoder: PackedLayer
  let blocks: UnsafePointer<PackedBlock>
  let decoderNorm: PackedNorm
  let decoder: PackedLayer
  let maskTable: UnsafePointer<Int16>
  /// Of a block's states, filled up to whole vectors.
  var stateLanes: Int { Int(blocks.pointee.drive.count) }
  private let storage: Storage

  /// Packs for the kernels that suit this processor best; see `Kernels`.
  public convenience init(_ model: Model) { self.init(model, .chosen) }

  /// Packs for the given kernels.
  public convenience init(_ model: Model, _ kernels: Kernels) {
    self.init(model, kernels, hush_layout_smallest)
  }

  init(_ model: Model, _ kernels: Kernels, _ layout: hush_layout) {
    let storage = Storage()
    self.storage = storage
    let packing = Packing(kernels: kernels.table, layout: layout)
    self.kernels = packing.kernels
    architecture = model.architecture
    encoder = PackedLayer(model.encoder, packing, in: storage)
    blocks = storage.copy(model.blocks.map { PackedBlock($0, packing, in: storage) })
    decoderNorm = PackedNorm(model.decoderNorm, in: storage)
    decoder = PackedLayer(model.decoder, packing, in: storage)
    maskTable = storage.copy(model.maskTable)
  }
}

struct PackedNorm: BitwiseCopyable {
  let scale: UnsafePointer<Int16>
  let offset: UnsafePointer<Int16>

  init(_ norm: Model.Norm, in storage: Storage) {
    scale = storage.padded(norm.scale)
    offset = storage.padded(norm.offset)
  }
}
