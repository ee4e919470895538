extension ModelReader {
  /// A tensor of little-endian integers, all within the range.
  mutating func vector<T: FixedWidthInteger & Sendable>(
    _ name: String, _ shape: [Int], _ range: ClosedRange<T>
  ) throws(ModelError) -> [T] {
    let size = MemoryLayout<T>.size
    let bytes = try take(name, "I\(8 * size)", shape)
    var values: [T] = []
    values.reserveCapacity(bytes.count / size)
    for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: size) {
      var value = T.zero
      for i in 0..<size { value |= T(truncatingIfNeeded: bytes[start + i]) << T(8 * i) }
      guard range.contains(value) else {
        throw error(
          name, "\(value) at \(values.count)", "\(range.lowerBound) to \(range.upperBound)")
      }
      values.append(value)
    }
    return values
  }

  mutating func norm(_ name: String, _ width: Int) throws(ModelError) -> Model.Norm {
    // Without -32768 the rounded product of two int16 fits in 16 bits.
    let scale = try vector("\(name).norm.scale", [width], Int16(-32767)...32767)
    let offset = try vector("\(name).norm.offset", [width], Int16.min...Int16.max)
    return Model.Norm(scale: scale, offset: offset)
  }

  mutating func layer(
    _ name: String, rows: Int, columns: Int, shifts: ClosedRange<Int8>, hasBias: Bool = true,
    _ patterns: [String: Pattern], narrow: Int? = nil
  ) throws(ModelError) -> Model.Layer {
    guard let pattern = patterns[name] else {
      throw error("hush.sparsity", "nothing of \(name)", "its pattern")
    }
    let matrix = try self.matrix(name, rows: rows, columns: columns, pattern)
    let shift = try vector("\(name).shift", [rows], shifts)
    let bias =
      hasBias
      ? try vector("\(name).bias", [rows], Int32.min...Int32.max)
      : [Int32](repeating: 0, count: rows)
    try checkFit(matrix, shift: shift, bias: bias)
    return Model.Layer(matrix: matrix, shift: shift, bias: bias, narrow: narrow)
  }

  mutating func block(
    _ index: Int, _ architecture: Model.Architecture, _ exponents: Model.Exponents,
    _ patterns: [String: Pattern]
  ) throws(ModelError) -> Model.Block {
    let (name, width, states) = ("block.\(index)", architecture.width, architecture.states)
    let norm = try norm(name, width)
    let drive = try layer(
      "\(name).B", rows: 2 * states, columns: width, shifts: -15...30, hasBias: false, patterns,
      narrow: exponents.narrow?.drive[index])
    let lambda = try vector("\(name).lambda", [2, states], Int16(-32767)...32767)
    try checkLambda("\(name).lambda", lambda)
    let output = try layer(
      "\(name).C", rows: width, columns: 2 * states, shifts: 1...30, patterns)
    let skip = try vector("\(name).D", [width], Int16.min...Int16.max)
    let skipShift = try vector("\(name).D.shift", [1], Int8(0)...30)
    let gate = try layer(
      "\(name).G", rows: width, columns: width, shifts: 1...30, patterns,
      narrow: exponents.narrow?.gate[index])
    let residualShift = try vector("\(name).residual.shift", [1], Int8(1)...30)
    let expected = exponents.output[index] + 15 - exponents.residual
    guard Int(residualShift[0]) == expected else {
      throw error(
        "\(name).residual.shift", "\(residualShift[0])",
        "\(expected), which the exponents of output and residual ask for")
    }
    return Model.Block(
      norm: norm, drive: drive, lambda: lambda, output: output, skip: skip,
      skipShift: Int(skipShift[0]), gate: gate, residualShift: Int(residualShift[0]))
  }

  /// The accumulators must not leave 32 bits, for any input, in any order of summing.
  private func checkFit(
    _ matrix: Matrix, shift: [Int8], bias: [Int32]
  ) throws(ModelError) {
    for row in 0..<matrix.rows {
      var largest = Int64(bias[row].magnitude) + Int64(rounding(Int32(max(shift[row], 0))))
      for column in 0..<matrix.columns {
        largest += Int64(matrix.weights[row * matrix.columns + column].magnitude) * 32768
      }
      guard largest < 1 << 31 else {
        throw error(
          matrix.name, "weights that do not fit: row \(row) can reach \(largest)",
          "less than \(Int64(1) << 31)", mend: "scale the row down, lower its shift and export")
      }
    }
  }

  /// A state with a modulus of 1 or more would grow without end.
  private func checkLambda(_ name: String, _ lambda: [Int16]) throws(ModelError) {
    let states = lambda.count / 2
    for state in 0..<states {
      let (re, im) = (Int(lambda[state]), Int(lambda[states + state]))
      guard re * re + im * im < 1 << 30 else {
        throw error(name, "state \(state) is \(re), \(im)", "a modulus below 32768")
      }
    }
  }
}
