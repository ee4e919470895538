import CKernels

/// One S5 block's weights.
///
/// Its states are kept in lanes, in an order that packs well, so that nothing has to be put back into
/// place between the drive and the states' way out.
struct PackedBlock: BitwiseCopyable {
  let norm: PackedNorm
  /// B, a row for each lane of the states.
  let drive: PackedLayer
  /// Real and imaginary parts, in the states' lanes.
  let lambda: UnsafePointer<Int16>
  /// C, a column for each lane of the states.
  let output: PackedLayer
  /// In the output's lanes.
  let skip: UnsafePointer<Int16>
  let skipShift: Int32
  let gate: PackedLayer
  let residualShift: Int32
  /// The lane of each row of B, for those who watch.
  let statePlaces: UnsafePointer<UInt16>

  init(_ block: Model.Block, _ packing: Packing, in storage: Storage) {
    let lanes = Self.smallest(Self.stateOrders(block.drive.matrix), block, packing)
    norm = PackedNorm(block.norm, in: storage)
    drive = Self.drive(block.drive, lanes, packing, in: storage)
    lambda = storage.padded(lanes.placed(block.lambda))
    output = Self.output(block.output, lanes, packing, in: storage)
    let layer = output
    skip = storage.padded(
      (0..<Int(layer.matrix.pointee.lanes)).map { block.skip[Int(layer.order[$0])] })
    skipShift = Int32(block.skipShift)
    gate = PackedLayer(block.gate, packing, in: storage)
    residualShift = Int32(block.residualShift)
    statePlaces = storage.copy(lanes.places)
  }

  /// The order with which a hop reads the fewest bytes of what depends on it.
  private static func smallest(
    _ orders: [[Int]], _ block: Model.Block, _ packing: Packing
  ) -> StateLanes {
    let trial = Storage()
    return withExtendedLifetime(trial) {
      let sizes = orders.map { order in
        let lanes = StateLanes(order)
        let layers = [
          drive(block.drive, lanes, packing, in: trial),
          output(block.output, lanes, packing, in: trial),
        ]
        return (lanes, bytes: layers.reduce(0) { $0 + $1.matrix.pointee.bytes })
      }
      return sizes.min { $0.bytes < $1.bytes }!.0
    }
  }

  /// States whose two rows of B have about as many non-zeros side by side, for zeros that may be
  /// anywhere; and states as they are, for zeros where bands are no neighbours.
  private static func stateOrders(_ drive: Matrix) -> [[Int]] {
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
      .sorted { ($0.count, $0.state) < ($1.count, $1.state) }.map(\.state)
    return [byCount, Array(0..<states)]
  }

  /// B with its rows moved to where the states are.
  private static func drive(
    _ layer: Model.Layer, _ lanes: StateLanes, _ packing: Packing, in storage: Storage
  ) -> PackedLayer {
    let (count, columns) = (lanes.rows.count, layer.matrix.columns)
    return PackedLayer(
      rows: count, columns: columns,
      weights: lanes.placedRows(layer.matrix.weights, columns: columns),
      bias: lanes.placed(layer.bias), shift: lanes.placed(layer.shift), narrow: layer.narrow,
      order: Array(0..<Int32(count)), packing, in: storage)
  }

  /// C with its columns moved to where the states are.
  private static func output(
    _ layer: Model.Layer, _ lanes: StateLanes, _ packing: Packing, in storage: Storage
  ) -> PackedLayer {
    PackedLayer(
      rows: layer.matrix.rows, columns: lanes.rows.count,
      weights: lanes.placedColumns(layer.matrix.weights, columns: layer.matrix.columns),
      bias: layer.bias, shift: layer.shift, order: nil, packing, in: storage)
  }
}
