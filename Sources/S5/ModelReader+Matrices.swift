extension ModelReader {
  mutating func matrix(
    _ name: String, rows: Int, columns: Int, _ pattern: Pattern
  ) throws(ModelError) -> Matrix {
    let weights: [Int8]
    let bytes: Int
    switch pattern {
    case .dense:
      weights = try vector("\(name).weight", [rows, columns], Int8.min...Int8.max)
      bytes = weights.count
    case .unstructured:
      let bitmap = Array(try take("\(name).bitmap", "U8", [rows, (columns + 7) / 8]))
      weights = try scattered(name, rows, columns, bitmap)
      bytes = bitmap.count + weights.count { $0 != 0 }
    case .clustered:
      let (bitmap, places) = try clusteredBitmap(name, rows, columns)
      weights = try scattered(name, rows, columns, bitmap)
      bytes = places + weights.count { $0 != 0 }
    case .window16(let count):
      (weights, bytes) = try windowed(name, rows, columns, count)
    }
    return Matrix(
      name: name, rows: rows, columns: columns, pattern: pattern, weights: weights,
      storedBytes: bytes)
  }

  /// A bit for every byte of the bitmap, then those that are not 0.
  ///
  /// - Returns: the bitmap, and the bytes it takes in the file.
  private mutating func clusteredBitmap(
    _ name: String, _ rows: Int, _ columns: Int
  ) throws(ModelError) -> ([UInt8], Int) {
    let stride = (columns + 7) / 8
    let flags = (stride + 7) / 8
    let occupied = Array(try take("\(name).occupied", "U8", [rows, flags]))
    let count = occupied.reduce(0) { $0 + $1.nonzeroBitCount }
    let stored = Array(try take("\(name).bitmap", "U8", [count]))
    if let place = stored.firstIndex(of: 0) {
      throw error("\(name).bitmap", "0 at \(place)", "no zeros")
    }
    var bitmap = [UInt8](repeating: 0, count: rows * stride)
    var next = 0
    try forEachBit(of: occupied, "\(name).occupied", rows, stride, "byte") {
      bitmap[$0] = stored[next]
      next += 1
    }
    return (bitmap, occupied.count + stored.count)
  }

  /// A bit for every weight, and the non-zeros.
  private mutating func scattered(
    _ name: String, _ rows: Int, _ columns: Int, _ bitmap: [UInt8]
  ) throws(ModelError) -> [Int8] {
    let count = bitmap.reduce(0) { $0 + $1.nonzeroBitCount }
    let values = try vector("\(name).values", [count], Int8.min...Int8.max)
    var weights = [Int8](repeating: 0, count: rows * columns)
    var next = 0
    try forEachBit(of: bitmap, "\(name).bitmap", rows, columns, "column") {
      place throws(ModelError) in
      guard values[next] != 0 else {
        throw error("\(name).values", "0 at \(next)", "no zeros")
      }
      weights[place] = values[next]
      next += 1
    }
    return weights
  }

  /// Calls `body` with the place in [rows, columns] of every bit that is set.
  ///
  /// - Parameter what: a column is, for the message about one that is not there.
  private func forEachBit(
    of bitmap: [UInt8], _ tensor: String, _ rows: Int, _ columns: Int, _ what: String,
    _ body: (Int) throws(ModelError) -> Void
  ) throws(ModelError) {
    let stride = (columns + 7) / 8
    for row in 0..<rows {
      for byte in 0..<stride {
        var bits = bitmap[row * stride + byte]
        while bits != 0 {
          let column = 8 * byte + bits.trailingZeroBitCount
          bits &= bits - 1
          guard column < columns else {
            throw error(
              tensor, "a bit for \(what) \(column) in row \(row)",
              "none past \(what) \(columns - 1)")
          }
          try body(row * columns + column)
        }
      }
    }
  }

  /// At most `count` weights in each 16 columns, each with its place among them in 4 bits.
  private mutating func windowed(
    _ name: String, _ rows: Int, _ columns: Int, _ count: Int
  ) throws(ModelError) -> ([Int8], Int) {
    let windows = (columns + 15) / 16
    let stride = (windows * count + 1) / 2
    let values = try vector("\(name).values", [rows, windows, count], Int8.min...Int8.max)
    let indices = Array(try take("\(name).indices", "U8", [rows, stride]))
    var weights = [Int8](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      if windows * count % 2 == 1, indices[row * stride + stride - 1] >> 4 != 0 {
        throw error("\(name).indices", "an unused half byte that is not 0 in row \(row)", "0")
      }
      for window in 0..<windows {
        var last = -1
        for i in 0..<count {
          let entry = window * count + i
          let byte = indices[row * stride + entry / 2]
          let place = Int(entry % 2 == 0 ? byte & 15 : byte >> 4)
          guard place > last else {
            throw error(
              "\(name).indices", "place \(place) after \(last) in row \(row), window \(window)",
              "places that ascend")
          }
          last = place
          let value = values[row * windows * count + entry]
          guard value != 0 else { continue }
          let column = 16 * window + place
          guard column < columns else {
            throw error(
              "\(name).indices", "a weight for column \(column) in row \(row)",
              "none past column \(columns - 1)")
          }
          weights[row * columns + column] = value
        }
      }
    }
    return (weights, values.count + indices.count)
  }
}
