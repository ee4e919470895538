/// A weight matrix packed for the one thing done with it: times a vector.
///
/// Two layouts. With few non-zeros: their values and columns, row after row, each row filled up
/// with zeros to a multiple of four, so that four sums run side by side without a remainder. With
/// many: all weights as int16, which the compiler turns into pairwise multiply-adds; these take
/// about an eighth of the time a weight, whether it is 0 or not.
struct SparseMatrix: BitwiseCopyable {
  /// From this density on the dense layout is the faster one (measured on x86-64 and SSE2).
  static let denseFrom = 0.25
  private static let group = 4

  let rows: Int
  let columns: Int
  private let isDense: Bool
  /// Sparse layout: row r owns the groups starts[r]..<starts[r + 1].
  private let starts: UnsafePointer<Int32>
  private let places: UnsafePointer<UInt16>
  private let values: UnsafePointer<Int8>
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
    var starts: [Int32] = [0]
    var places: [UInt16] = []
    var values: [Int8] = []
    if !dense {
      for row in 0..<rows {
        for column in 0..<columns {
          let weight = matrix.weights[row * columns + column]
          guard weight != 0 else { continue }
          places.append(UInt16(column))
          values.append(weight)
        }
        while values.count % Self.group != 0 {
          places.append(0)
          values.append(0)
        }
        starts.append(Int32(values.count / Self.group))
      }
    }
    self.starts = storage.copy(starts)
    self.places = storage.copy(places)
    self.values = storage.copy(values)
    weights = storage.copy(dense ? matrix.weights.map(Int16.init) : [])
  }

  /// `sums[r]` becomes the exact sum over c of weight[r, c] * vector[c].
  ///
  /// - Parameters:
  ///   - vector: `columns` int16.
  ///   - sums: room for `rows` int32, apart from `vector`. They cannot overflow: the model's
  ///     reader has seen to that.
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
    var places = places
    var values = values
    for row in 0..<rows {
      var (a, b, c, d): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
      for _ in 0..<Int(starts[row + 1] &- starts[row]) {
        a &+= Int32(values[0]) &* Int32(vector[Int(places[0])])
        b &+= Int32(values[1]) &* Int32(vector[Int(places[1])])
        c &+= Int32(values[2]) &* Int32(vector[Int(places[2])])
        d &+= Int32(values[3]) &* Int32(vector[Int(places[3])])
        places += Self.group
        values += Self.group
      }
      sums[row] = (a &+ b) &+ (c &+ d)
    }
  }

  private func multiplyDense(
    _ vector: UnsafePointer<Int16>, _ sums: UnsafeMutablePointer<Int32>
  ) {
    for row in 0..<rows {
      let weights = weights + row * columns
      var sum: Int32 = 0
      for column in 0..<columns {
        sum &+= Int32(weights[column]) &* Int32(vector[column])
      }
      sums[row] = sum
    }
  }
}
