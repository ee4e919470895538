/// Runs a model one hop at a time in integer arithmetic, the same to the last bit on every machine.
///
/// The arithmetic is defined by `integer.py` in Training, whose results the tests compare with. A
/// network is for one channel and one thread at a time. After init nothing is allocated.
public final class FixedPointNetwork {
  let weights: PackedWeights
  private let storage = Storage()
  /// A block's states one after the other: real parts, then imaginary parts.
  private let states: UnsafeMutablePointer<Int32>
  private let sums: UnsafeMutablePointer<Int32>
  private let residual: UnsafeMutablePointer<Int16>
  private let normed: UnsafeMutablePointer<Int16>
  private let narrow: UnsafeMutablePointer<Int16>
  private let output: UnsafeMutablePointer<Int16>
  private let gate: UnsafeMutablePointer<Int16>
  private let index: UnsafeMutablePointer<Int16>

  /// A network on its own weights.
  public convenience init(_ model: Model) { self.init(PackedWeights(model)) }

  /// A network on weights it may share with others.
  public init(_ weights: PackedWeights) {
    self.weights = weights
    let sizes = weights.architecture
    states = storage.zeros(sizes.blocks * 2 * sizes.states)
    sums = storage.zeros(max(sizes.width, 2 * sizes.states, sizes.bins) + 1)
    residual = storage.zeros(sizes.width)
    normed = storage.zeros(sizes.width)
    narrow = storage.zeros(2 * sizes.states)
    output = storage.zeros(sizes.width)
    gate = storage.zeros(sizes.width)
    index = storage.zeros(sizes.bins)
  }

  /// Back to the silence before the first step.
  public func reset() {
    let sizes = weights.architecture
    states.update(repeating: 0, count: sizes.blocks * 2 * sizes.states)
  }

  /// One hop.
  ///
  /// - Parameters:
  ///   - features: `architecture.features` int16, with 2^-inputExponent a unit.
  ///   - mask: room for `architecture.bins` int16: gains as Q15, 0...32767. Apart from `features`.
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
    let (width, parts) = (sizes.width, 2 * sizes.states)
    encode(features)
    observer.note(.encoder, block: 0, residual, width)
    for i in 0..<sizes.blocks {
      let block = weights.blocks + i
      let state = states + i * parts
      norm(block.pointee.norm)
      observer.note(.norm, block: i, normed, width)
      drive(block)
      observer.note(.drive, block: i, sums, parts)
      recur(block, state)
      observer.note(.state, block: i, state, parts)
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
    observer.note(.decoderIndex, block: 0, index, sizes.bins)
    observer.note(.mask, block: 0, mask, sizes.bins)
    return true
  }

  private func encode(_ features: UnsafePointer<Int16>) {
    let layer = weights.encoder
    let (sums, residual) = (sums, residual)
    layer.matrix.multiply(features, into: sums)
    for c in 0..<layer.matrix.rows { residual[c] = clamp16(layer.scaled(sums[c], c)) }
  }

  /// Batch normalisation and ReLU.
  private func norm(_ norm: PackedNorm) {
    let (residual, normed) = (residual, normed)
    for c in 0..<weights.architecture.width {
      let scaled = roundingShift(Int32(residual[c]) &* Int32(norm.scale[c]), 15)
      let value = clamp(scaled &+ Int32(norm.offset[c]), 0, 32767)
      normed[c] = Int16(truncatingIfNeeded: value)
    }
  }

  /// What the block's input adds to its states; left in `sums`.
  private func drive(_ block: UnsafePointer<PackedBlock>) {
    let layer = block.pointee.drive
    let sums = sums
    layer.matrix.multiply(normed, into: sums)
    for r in 0..<layer.matrix.rows {
      let shift = layer.shift[r]
      if shift >= 0 {
        sums[r] = clamp(layer.scaled(sums[r], r), -stateLimit, stateLimit)
      } else {
        let limit = stateLimit &>> -shift
        sums[r] = clamp(sums[r], -limit, limit) &<< -shift
      }
    }
  }

  /// The linear recurrence, a complex number a state, and the int16 copy of its outcome.
  private func recur(_ block: UnsafePointer<PackedBlock>, _ state: UnsafeMutablePointer<Int32>) {
    let count = weights.architecture.states
    let (drive, narrow, lambda) = (sums, narrow, block.pointee.lambda)
    for p in 0..<count {
      let (re, im) = (Int64(state[p]), Int64(state[count + p]))
      let (lambdaRe, lambdaIm) = (Int64(lambda[p]), Int64(lambda[count + p]))
      // Each product is rounded by itself, as instructions for vectors do it.
      let newRe =
        roundingShift(re &* lambdaRe, 15) &- roundingShift(im &* lambdaIm, 15)
        &+ Int64(drive[p])
      let newIm =
        roundingShift(re &* lambdaIm, 15) &+ roundingShift(im &* lambdaRe, 15)
        &+ Int64(drive[count + p])
      state[p] = clamp(Int32(truncatingIfNeeded: newRe), -stateLimit, stateLimit)
      state[count + p] = clamp(Int32(truncatingIfNeeded: newIm), -stateLimit, stateLimit)
    }
    for p in 0..<2 * count { narrow[p] = clamp16(roundingShift(state[p], 13)) }
  }

  /// The block's output before its gate: the states read out, the way past them, and ReLU.
  private func emit(_ block: UnsafePointer<PackedBlock>) {
    let layer = block.pointee.output
    let (skip, skipShift) = (block.pointee.skip, block.pointee.skipShift)
    let (sums, normed, output) = (sums, normed, output)
    layer.matrix.multiply(narrow, into: sums)
    for c in 0..<layer.matrix.rows {
      let past = roundingShift(Int32(normed[c]) &* Int32(skip[c]), skipShift)
      let value = clamp(layer.scaled(sums[c], c) &+ past, 0, 32767)
      output[c] = Int16(truncatingIfNeeded: value)
    }
  }

  /// The hard sigmoid 1/2 + z/4.
  private func openGate(_ block: UnsafePointer<PackedBlock>) {
    let layer = block.pointee.gate
    let (sums, gate) = (sums, gate)
    layer.matrix.multiply(output, into: sums)
    for c in 0..<layer.matrix.rows {
      let value = clamp(layer.scaled(sums[c], c) &+ 16384, 0, 32767)
      gate[c] = Int16(truncatingIfNeeded: value)
    }
  }

  private func add(_ block: UnsafePointer<PackedBlock>) {
    let shift = block.pointee.residualShift
    let (residual, output, gate) = (residual, output, gate)
    for c in 0..<weights.architecture.width {
      let gated = roundingShift(Int32(output[c]) &* Int32(gate[c]), shift)
      residual[c] = clamp16(Int32(residual[c]) &+ gated)
    }
  }

  private func decode(_ mask: UnsafeMutablePointer<Int16>) {
    let layer = weights.decoder
    let (sums, index, table) = (sums, index, weights.maskTable)
    layer.matrix.multiply(normed, into: sums)
    for c in 0..<layer.matrix.rows {
      let place = clamp(layer.scaled(sums[c], c) &+ 512, 0, 1023)
      index[c] = Int16(truncatingIfNeeded: place)
      mask[c] = table[Int(place)]
    }
  }
}

/// The largest magnitude of a part of a state: a product with Q15 and a drive added still fit.
private let stateLimit: Int32 = (1 << 28) - 1
