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
      (weights, bytes) = try unstructured(name, rows, columns)
    case .window16(let count):
      (weights, bytes) = try windowed(name, rows, columns, count)
    }
    return Matrix(
      name: name, rows: rows, columns: columns, pattern: pattern, weights: weights,
      storedBytes: bytes)
  }

  /// A bit for every weight, then the non-zeros.
  private mutating func unstructured(
    _ name: String, _ rows: Int, _ columns: Int
  ) throws(ModelError) -> ([Int8], Int) {
    let stride = (columns + 7) / 8
    let bitmap = Array(try take("\(name).bitmap", "U8", [rows, stride]))
    let count = bitmap.reduce(0) { $0 + $1.nonzeroBitCount }
    let values = try vector("\(name).values", [count], Int8.min...Int8.max)
    var weights = [Int8](repeating: 0, count: rows * columns)
    var next = 0
    for row in 0..<rows {
      for byte in 0..<stride {
        var bits = bitmap[row * stride + byte]
        while bits != 0 {
          let column = 8 * byte + bits.trailingZeroBitCount
          bits &= bits - 1
          guard column < columns else {
            throw error(
              "\(name).bitmap", "a bit for column \(column) in row \(row)",
              "none past column \(columns - 1)")
          }
          guard values[next] != 0 else {
            throw error("\(name).values", "0 at \(next)", "no zeros")
          }
          weights[row * columns + column] = values[next]
          next += 1
        }
      }
    }
    return (weights, bitmap.count + values.count)
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
