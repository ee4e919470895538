/// The sparse layout of a matrix while it is being made: rows side by side, in groups that have
/// about as many non-zeros each.
struct RowGroups {
  /// Steps of each group: two non-zeros of each of its rows, or zeros where a row has fewer.
  var lengths: [Int32] = []
  /// The row each lane of each group stands for; past the last row, `rows`.
  var order: [Int32] = []
  /// Columns and weights: group after group, [length, lanes, 2].
  var places: [UInt16] = []
  var values: [Int16] = []

  init() {}

  init(_ matrix: Matrix, lanes: Int) {
    let columns = (0..<matrix.rows).map { row in
      (0..<matrix.columns).filter { matrix.weights[row * matrix.columns + $0] != 0 }
    }
    // Rows of like counts together, so that little is filled up.
    let sorted = columns.indices.sorted { (columns[$0].count, $0) < (columns[$1].count, $1) }
    for start in stride(from: 0, to: matrix.rows, by: lanes) {
      let rows = sorted[start..<min(start + lanes, matrix.rows)]
      let length = ((rows.map { columns[$0].count }.max() ?? 0) + 1) / 2
      lengths.append(Int32(length))
      order += rows.map(Int32.init)
      order += Array(repeating: Int32(matrix.rows), count: lanes - rows.count)
      for k in 0..<length {
        for lane in 0..<lanes {
          let row = lane < rows.count ? rows[start + lane] : nil
          for i in [2 * k, 2 * k + 1] {
            if let row, i < columns[row].count {
              places.append(UInt16(columns[row][i]))
              values.append(Int16(matrix.weights[row * matrix.columns + columns[row][i]]))
            } else {
              places.append(0)
              values.append(0)
            }
          }
        }
      }
    }
  }
}
