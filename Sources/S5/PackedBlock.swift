import CKernels

/// One S5 block's weights.
///
/// Its states are kept in the order in which the drive's rows are packed, so that nothing has to be
/// put back into place between the drive and the states' way out.
struct PackedBlock: BitwiseCopyable {
  let norm: PackedNorm
  /// The rows of B for the real parts and those for the imaginary parts, in the same order.
  let driveReal: PackedLayer
  let driveImaginary: PackedLayer
  let lambdaReal: UnsafePointer<Int16>
  let lambdaImaginary: UnsafePointer<Int16>
  /// Columns as the states lie: real parts, from `stateStride` on imaginary parts.
  let output: PackedLayer
  /// In the output's lanes.
  let skip: UnsafePointer<Int16>
  let skipShift: Int32
  let gate: PackedLayer
  let residualShift: Int32

  init(_ block: Model.Block, _ packing: Packing, in storage: Storage) {
    let order = Self.smallest(Self.stateOrders(block.drive.matrix), block, packing)
    norm = PackedNorm(block.norm, in: storage)
    driveReal = Self.half(block.drive, from: 0, order, packing, in: storage)
    driveImaginary = Self.half(block.drive, from: order.count, order, packing, in: storage)
    let states = order.count
    lambdaReal = storage.padded(order.map { block.lambda[Int($0)] })
    lambdaImaginary = storage.padded(order.map { block.lambda[states + Int($0)] })
    output = Self.output(block.output, order, packing, in: storage)
    let layer = output
    skip = storage.padded(
      (0..<Int(layer.matrix.pointee.lanes)).map { block.skip[Int(layer.order[$0])] })
    skipShift = Int32(block.skipShift)
    gate = PackedLayer(block.gate, packing, in: storage)
    residualShift = Int32(block.residualShift)
  }

  /// The order with which a hop reads the fewest bytes of what depends on it.
  private static func smallest(
    _ orders: [[Int32]], _ block: Model.Block, _ packing: Packing
  ) -> [Int32] {
    let trial = Storage()
    return withExtendedLifetime(trial) {
      let sizes = orders.map { order in
        let layers = [
          half(block.drive, from: 0, order, packing, in: trial),
          half(block.drive, from: order.count, order, packing, in: trial),
          output(block.output, order, packing, in: trial),
        ]
        return (order, bytes: layers.reduce(0) { $0 + $1.matrix.pointee.bytes })
      }
      return sizes.min { $0.bytes < $1.bytes }!.0
    }
  }

  /// States whose two rows of B have about as many non-zeros side by side, for zeros that may be
  /// anywhere; and states as they are, for zeros where bands are no neighbours.
  private static func stateOrders(_ drive: Matrix) -> [[Int32]] {
    let states = drive.rows / 2
    let counts = drive.weights.withUnsafeBufferPointer { weights in
      (0..<drive.rows).map { row in
        var count = 0
        for column in row * drive.columns..<(row + 1) * drive.columns where weights[column] != 0 {
          count += 1
        }
        return count
      }
    }
    let byCount = (0..<states).map { (count: counts[$0] + counts[states + $0], state: $0) }
      .sorted { ($0.count, $0.state) < ($1.count, $1.state) }.map { Int32($0.state) }
    return [byCount, Array(0..<Int32(states))]
  }

  private static func half(
    _ drive: Model.Layer, from first: Int, _ order: [Int32], _ packing: Packing,
    in storage: Storage
  ) -> PackedLayer {
    let columns = drive.matrix.columns
    let rows = first..<first + order.count
    return PackedLayer(
      rows: order.count, columns: columns,
      weights: Array(drive.matrix.weights[rows.lowerBound * columns..<rows.upperBound * columns]),
      bias: Array(drive.bias[rows]), shift: Array(drive.shift[rows]), order: order, packing,
      in: storage)
  }

  /// C with its columns moved to where the states are.
  private static func output(
    _ layer: Model.Layer, _ order: [Int32], _ packing: Packing, in storage: Storage
  ) -> PackedLayer {
    let (states, stride) = (order.count, vectorPadded(order.count))
    let (rows, columns) = (layer.matrix.rows, stride + states)
    var weights = [Int8](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      for (lane, state) in order.enumerated() {
        let from = row * layer.matrix.columns + Int(state)
        weights[row * columns + lane] = layer.matrix.weights[from]
        weights[row * columns + stride + lane] = layer.matrix.weights[from + states]
      }
    }
    return PackedLayer(
      rows: rows, columns: columns, weights: weights, bias: layer.bias, shift: layer.shift,
      order: nil, packing, in: storage)
  }
}
