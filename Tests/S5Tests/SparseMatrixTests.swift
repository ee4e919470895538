import Testing

@testable import S5

@Suite("Matrix times vector")
struct SparseMatrixTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let rows: Int
    let columns: Int
    /// One in so many weights is not 0.
    let oneIn: UInt64
    let dense: Bool
    var testDescription: String { "\(rows) x \(columns), 1 in \(oneIn), dense \(dense)" }
  }

  static let shapes = [(1, 1), (3, 4), (5, 17), (16, 16), (9, 257), (33, 31)].flatMap { size in
    [UInt64(1), 3, 9, 1000].flatMap { oneIn in
      [false, true].map { Shape(rows: size.0, columns: size.1, oneIn: oneIn, dense: $0) }
    }
  }

  @Test("both layouts give the exact sums", arguments: shapes)
  func exact(_ shape: Shape) {
    let (rows, columns) = (shape.rows, shape.columns)
    let noise = goldenFeatures(99, 1, rows * columns + columns)
    let weights = noise[columns...].map { value -> Int8 in
      let bits = UInt64(UInt16(bitPattern: value))
      return bits / 256 % shape.oneIn == 0 ? Int8(truncatingIfNeeded: value) : 0
    }
    // Every fifth element an extreme.
    let vector = noise[..<columns].enumerated().map { $0 % 5 == 0 ? Int16.min : $1 }
    let storage = Storage()
    let matrix = SparseMatrix(
      Matrix(
        name: "m", rows: rows, columns: columns, pattern: .unstructured, weights: weights,
        storedBytes: 0), dense: shape.dense, in: storage)
    // The last is scratch.
    var sums = [Int32](repeating: -1, count: rows + 1)
    matrix.multiply(vector, into: &sums)
    let expected = (0..<rows).map { r in
      (0..<columns).reduce(0) { $0 + Int(weights[r * columns + $1]) * Int(vector[$1]) }
    }
    #expect(sums.dropLast().map(Int.init) == expected)
  }
}
