import CKernels

/// Where a block's states lie: the real parts of eight of them side by side, then their imaginary
/// parts, then the next eight. What the last eight lack are fillers, which stay 0.
///
/// The rows of B that belong to one group of states read the same columns, and so are one tile.
struct StateLanes {
  /// For each lane which row of B, and which column of C, it is; nil for a filler.
  let rows: [Int?]

  /// - Parameter order: the states, each once.
  init(_ order: [Int]) {
    let together = Int(hush_states_together)
    var rows: [Int?] = []
    for first in stride(from: 0, to: order.count, by: together) {
      let here = (first..<first + together).map { $0 < order.count ? order[$0] : nil }
      rows += here
      rows += here.map { state in state.map { $0 + order.count } }
    }
    self.rows = rows
  }

  /// The lane of each row.
  var places: [UInt16] {
    var places = [UInt16](repeating: 0, count: rows.count)
    for (lane, row) in rows.enumerated() {
      if let row { places[row] = UInt16(lane) }
    }
    return places
  }

  /// What belongs to rows, lane by lane; 0 for fillers.
  func placed<T: AdditiveArithmetic>(_ values: [T]) -> [T] {
    rows.map { row in row.map { values[$0] } ?? .zero }
  }

  /// A matrix of a row for each row, `columns` wide, with a row for each lane.
  func placedRows(_ weights: [Int8], columns: Int) -> [Int8] {
    rows.flatMap { row in
      row.map { Array(weights[$0 * columns..<($0 + 1) * columns]) }
        ?? [Int8](repeating: 0, count: columns)
    }
  }

  /// A matrix of a column for each row, with a column for each lane.
  func placedColumns(_ weights: [Int8], columns: Int) -> [Int8] {
    stride(from: 0, to: weights.count, by: columns).flatMap { start in
      rows.map { row in row.map { weights[start + $0] } ?? 0 }
    }
  }
}
