import CKernels

/// Runs a model one hop at a time in integer arithmetic, the same to the last bit on every machine.
///
/// The arithmetic is defined by `integer.py` in Training, whose results the tests compare with. A
/// network is for one channel and one thread at a time. After init nothing is allocated.
public final class FixedPointNetwork {
  let weights: PackedWeights
  private let storage = Storage()
  /// A block's states one after the other, in their lanes.
  private let states: UnsafeMutablePointer<Int32>
  private let sums: UnsafeMutablePointer<Int32>
  private let residual: UnsafeMutablePointer<Int16>
  private let normed: UnsafeMutablePointer<Int16>
  private let narrow: UnsafeMutablePointer<Int16>
  private let output: UnsafeMutablePointer<Int16>
  private let gate: UnsafeMutablePointer<Int16>
  /// Only for those who watch.
  private let index: UnsafeMutablePointer<Int16>
  /// A layer's outcome in the order of its lanes, and its input in that order.
  private let lanes: UnsafeMutablePointer<Int16>
  /// 7 bits of a layer's input, where it reads no more.
  private let bytes: UnsafeMutablePointer<Int8>
  private let inLanes: UnsafeMutablePointer<Int16>
  private let scratch: UnsafeMutableRawPointer

  /// A network on its own weights.
  public convenience init(_ model: Model) { self.init(PackedWeights(model)) }

  /// A network on weights it may share with others.
  public init(_ weights: PackedWeights) {
    self.weights = weights
    let sizes = weights.architecture
    let width = vectorPadded(sizes.width)
    let most = vectorPadded(
      max(sizes.width, weights.stateLanes, sizes.outputs, sizes.features))
    states = storage.zeros(sizes.blocks * weights.stateLanes)
    sums = storage.zeros(most)
    residual = storage.zeros(width)
    normed = storage.zeros(width)
    narrow = storage.zeros(weights.stateLanes)
    output = storage.zeros(width)
    gate = storage.zeros(width)
    index = storage.zeros(vectorPadded(sizes.outputs))
    lanes = storage.zeros(most)
    bytes = storage.zeros(width)
    inLanes = storage.zeros(most)
    scratch = storage.scratch(Int(hush_scratch_bytes(Int32(most))))
  }

  /// Back to the silence before the first step.
  public func reset() {
    states.update(repeating: 0, count: weights.architecture.blocks * weights.stateLanes)
  }

  /// One hop.
  ///
  /// - Parameters:
  ///   - features: `architecture.features` int16, with 2^-inputExponent a unit.
  ///   - mask: room for `architecture.outputs` int16, Q15, 0...32767: a gain for each bin or
  ///     band, then, where the model has them, the imaginary parts of the mask (-1 as 0, 1 as
  ///     32767) and the presence of speech. Apart from `features`.
  public func step(_ features: UnsafePointer<Int16>, into mask: UnsafeMutablePointer<Int16>) {
    _ = step(features, into: mask, by: .never)
  }

  /// One hop, unless it gets too late.
  ///
  /// The clock is read before the first layer, between blocks and before the decoder. A step that
  /// is given up leaves its later blocks' states as they were, as if the hop had not been heard.
  ///
  /// - Parameters:
  ///   - features: as for `step(_:into:)`.
  ///   - mask: likewise; left alone by a step that is given up.
  ///   - cutoff: when to give up.
  /// - Returns: whether the mask is there.
  public func step(
    _ features: UnsafePointer<Int16>, into mask: UnsafeMutablePointer<Int16>, by cutoff: Cutoff
  ) -> Bool {
    var nobody = NoObserver()
    return step(features, into: mask, by: cutoff, observer: &nobody)
  }

  func step<Observer: StageObserver>(
    _ features: UnsafePointer<Int16>, into mask: UnsafeMutablePointer<Int16>,
    by cutoff: Cutoff = .never, observer: inout Observer
  ) -> Bool {
    if cutoff.hasPassed { return false }
    let sizes = weights.architecture
    let width = sizes.width
    encode(features)
    observer.note(.encoder, block: 0, residual, width)
    for i in 0..<sizes.blocks {
      let block = weights.blocks + i
      let state = states + i * weights.stateLanes
      norm(block.pointee.norm)
      observer.note(.norm, block: i, normed, width)
      drive(block)
      show(.drive, block: i, sums, &observer)
      recur(block, state)
      show(.state, block: i, state, &observer)
      emit(block)
      observer.note(.output, block: i, output, width)
      openGate(block)
      observer.note(.gate, block: i, gate, width)
      add(block)
      observer.note(.residual, block: i, residual, width)
      if cutoff.hasPassed { return false }
    }
    norm(weights.decoderNorm)
    observer.note(.decoderNorm, block: 0, normed, width)
    decode(mask)
    if Observer.watches { putInPlace(weights.decoder, index) }
    observer.note(.decoderIndex, block: 0, index, sizes.outputs)
    observer.note(.mask, block: 0, mask, sizes.outputs)
    return true
  }

  private func encode(_ features: UnsafePointer<Int16>) {
    let (layer, kernels) = (weights.encoder, weights.kernels)
    multiply(layer, features, into: sums)
    kernels.s16_requantize(
      sums, layer.offset, layer.right, landing(layer, residual), layer.count)
    putInPlace(layer, residual)
  }

  /// Batch normalisation and ReLU.
  private func norm(_ norm: PackedNorm) {
    weights.kernels.s16_norm(residual, norm.scale, norm.offset, normed, paddedWidth)
  }

  /// What the block's input adds to its states; left in `sums`.
  private func drive(_ block: UnsafePointer<PackedBlock>) {
    let layer = block.pointee.drive
    multiply(layer, normed, into: sums)
    weights.kernels.s32_drive(sums, layer.offset, layer.right, layer.left, layer.count)
  }

  /// The linear recurrence, a complex number a state, and the int16 copy of its outcome.
  private func recur(_ block: UnsafePointer<PackedBlock>, _ state: UnsafeMutablePointer<Int32>) {
    weights.kernels.s32_scan(
      state, block.pointee.lambda, sums, narrow, block.pointee.drive.count)
  }

  /// The block's output before its gate: the states read out, the way past them, and ReLU.
  private func emit(_ block: UnsafePointer<PackedBlock>) {
    let (layer, kernels) = (block.pointee.output, weights.kernels)
    multiply(layer, narrow, into: sums)
    if !layer.isInOrder {
      kernels.s16_permute(normed, paddedWidth, layer.order, inLanes, layer.count)
    }
    kernels.s16_output(
      sums, layer.offset, layer.right, layer.isInOrder ? normed : inLanes, block.pointee.skip,
      block.pointee.skipShift, landing(layer, output), layer.count)
    putInPlace(layer, output)
  }

  /// The hard sigmoid 1/2 + z/4.
  private func openGate(_ block: UnsafePointer<PackedBlock>) {
    let layer = block.pointee.gate
    multiply(layer, output, into: sums)
    weights.kernels.s16_activate(
      sums, layer.offset, layer.right, 16384, 32767, landing(layer, gate), layer.count)
    putInPlace(layer, gate)
  }

  private func add(_ block: UnsafePointer<PackedBlock>) {
    weights.kernels.s16_residual(
      residual, output, gate, block.pointee.residualShift, paddedWidth)
  }

  private func decode(_ mask: UnsafeMutablePointer<Int16>) {
    let (layer, table) = (weights.decoder, weights.maskTable)
    multiply(layer, normed, into: sums)
    let (lanes, places) = (landing(layer, index), layer.places)
    weights.kernels.s16_activate(sums, layer.offset, layer.right, 512, 1023, lanes, layer.count)
    var c = 0
    while c < layer.rows {
      mask[c] = table[Int(lanes[Int(places[c])])]
      c &+= 1
    }
  }

  /// The layer's matrix times the bits of the vector that it reads; 7 it reads of vectors of `width`.
  private func multiply(
    _ layer: PackedLayer, _ vector: UnsafePointer<Int16>, into sums: UnsafeMutablePointer<Int32>
  ) {
    if layer.narrow < 0 {
      layer.multiply(vector, into: sums, scratch)
    } else {
      weights.kernels.s16_narrow(vector, layer.narrow, bytes, paddedWidth)
      layer.multiply(bytes, into: sums, scratch)
      weights.kernels.s32_raise(sums, layer.narrow, layer.count)
    }
  }

  /// Where a layer's lanes are written that are meant for `target`: there at once if they are in order.
  private func landing(
    _ layer: PackedLayer, _ target: UnsafeMutablePointer<Int16>
  ) -> UnsafeMutablePointer<Int16> {
    layer.isInOrder ? target : lanes
  }

  /// From the order of the layer's lanes to that of its rows.
  private func putInPlace(_ layer: PackedLayer, _ target: UnsafeMutablePointer<Int16>) {
    if layer.isInOrder { return }
    weights.kernels.s16_permute(
      lanes, layer.count, layer.places, target, Int32(vectorPadded(layer.rows)))
  }

  private var paddedWidth: Int32 { Int32(vectorPadded(weights.architecture.width)) }

  /// Shows real and imaginary parts in the order of the model.
  private func show<Observer: StageObserver>(
    _ stage: Stage, block: Int, _ parts: UnsafePointer<Int32>, _ observer: inout Observer
  ) {
    guard Observer.watches else { return }
    let places = weights.blocks[block].statePlaces
    let inOrder = (0..<2 * weights.architecture.states).map { parts[Int(places[$0])] }
    observer.note(stage, block: block, inOrder, inOrder.count)
  }
}
