/// A weight matrix packed for the one thing done with it: times a vector.
///
/// Two layouts. With few non-zeros: rows in groups of four that have about as many non-zeros each,
/// filled up with zeros to the same count (see `RowGroups`). A step of the inner loop takes two
/// non-zeros of each row, eight products; it runs long enough for the one mispredicted branch at
/// its end not to matter. With many: all weights as int16, zeros and all, as taking eight
/// neighbours of the vector is so much quicker than gathering eight elements from anywhere.
struct SparseMatrix: BitwiseCopyable {
  /// From this density on the dense layout is the faster one (measured on x86-64 and SSE2).
  static let denseFrom = 0.1
  private static let lanes = 4

  let rows: Int
  let columns: Int
  private let isDense: Bool
  /// Sparse layout, as `RowGroups` explains it.
  private let lengths: UnsafePointer<Int32>
  private let order: UnsafePointer<Int32>
  private let places: UnsafePointer<UInt16>
  private let values: UnsafePointer<Int16>
  /// Dense layout: [rows, columns].
  private let weights: UnsafePointer<Int16>

  init(_ matrix: Matrix, in storage: Storage) {
    let density = Double(matrix.nonZeros) / Double(matrix.rows * matrix.columns)
    self.init(matrix, dense: density >= Self.denseFrom, in: storage)
  }

  init(_ matrix: Matrix, dense: Bool, in storage: Storage) {
    rows = matrix.rows
    columns = matrix.columns
    isDense = dense
    let groups = dense ? RowGroups() : RowGroups(matrix, lanes: Self.lanes)
    lengths = storage.copy(groups.lengths)
    order = storage.copy(groups.order)
    places = storage.copy(groups.places)
    values = storage.copy(groups.values)
    weights = storage.copy(dense ? matrix.weights.map(Int16.init) : [])
  }

  /// `sums[r]` becomes the exact sum over c of weight[r, c] * vector[c].
  ///
  /// - Parameters:
  ///   - vector: `columns` int16.
  ///   - sums: room for `rows + 1` int32, apart from `vector`; the last is scratch. They cannot
  ///     overflow: the model's reader has seen to that.
  func multiply(_ vector: UnsafePointer<Int16>, into sums: UnsafeMutablePointer<Int32>) {
    if isDense {
      multiplyDense(vector, sums)
    } else {
      multiplySparse(vector, sums)
    }
  }

  private func multiplySparse(
    _ vector: UnsafePointer<Int16>, _ sums: UnsafeMutablePointer<Int32>
  ) {
    var (places, values, order) = (places, values, order)
    for group in 0..<(rows + Self.lanes - 1) / Self.lanes {
      var four = SIMD4<Int32>.zero
      for _ in 0..<Int(lengths[group]) {
        let gathered = SIMD8(
          vector[Int(places[0])], vector[Int(places[1])], vector[Int(places[2])],
          vector[Int(places[3])], vector[Int(places[4])], vector[Int(places[5])],
          vector[Int(places[6])], vector[Int(places[7])])
        let factors = eight(values)
        four &+= pairSums(gathered, factors)
        places += 2 * Self.lanes
        values += 2 * Self.lanes
      }
      sums[Int(order[0])] = four[0]
      sums[Int(order[1])] = four[1]
      sums[Int(order[2])] = four[2]
      sums[Int(order[3])] = four[3]
      order += Self.lanes
    }
  }

  private func multiplyDense(
    _ vector: UnsafePointer<Int16>, _ sums: UnsafeMutablePointer<Int32>
  ) {
    let whole = columns & ~15
    for row in 0..<rows {
      let weights = weights + row * columns
      var (a, b) = (SIMD4<Int32>.zero, SIMD4<Int32>.zero)
      for column in stride(from: 0, to: whole, by: 16) {
        a &+= pairSums(eight(weights + column), eight(vector + column))
        b &+= pairSums(eight(weights + column + 8), eight(vector + column + 8))
      }
      var sum = (a &+ b).wrappedSum()
      for column in whole..<columns {
        sum &+= Int32(weights[column]) &* Int32(vector[column])
      }
      sums[row] = sum
    }
  }
}

/// Eight products, added up in pairs of neighbours: one instruction on x86-64 (pmaddwd).
@inline(__always)
private func pairSums(_ a: SIMD8<Int16>, _ b: SIMD8<Int16>) -> SIMD4<Int32> {
  let products =
    SIMD8<Int32>(truncatingIfNeeded: a) &* SIMD8<Int32>(truncatingIfNeeded: b)
  return products.evenHalf &+ products.oddHalf
}

@inline(__always)
private func eight(_ numbers: UnsafePointer<Int16>) -> SIMD8<Int16> {
  UnsafeRawPointer(numbers).loadUnaligned(as: SIMD8<Int16>.self)
}
