extension Model {
  /// What there is to tell about a model in numbers.
  public struct Summary: Hashable, Sendable {
    /// One weight matrix.
    public struct Matrix: Hashable, Sendable {
      /// "encoder", "block.<i>.B" (drive), ".C" (output), ".G" (gate), or "decoder".
      public let name: String
      public let rows: Int
      public let columns: Int
      /// "dense", "unstructured", "clustered", or "n16:<N>": at most N in each 16 columns.
      public let pattern: String
      public let nonZeros: Int
      /// What it reads of its input's numbers: 16, or 7.
      public let inputBits: Int
      /// Bytes in the file: the values and where they are.
      public let bytes: Int

      /// Share of the weights that are not 0, 0...1.
      public var density: Double { Double(nonZeros) / Double(rows * columns) }
    }

    public let name: String
    public let created: String
    /// Version of the file format.
    public let format: String
    /// In the order the network uses them.
    public let matrices: [Matrix]
    /// All trained numbers: weights, zeros included, and vectors; not the mask's table.
    public let parameters: Int
    /// Share of the matrices' weights that are 0, 0...1.
    public let zeros: Double
    public let data: String
    public let scores: String
    /// A second of sound at the model's hop: one for every weight that is not 0, four a complex
    /// state, and one a channel for each norm, skip and gating.
    public let multiplyAddsPerSecond: Double
  }

  public var summary: Summary {
    let layers = [encoder] + blocks.flatMap { [$0.drive, $0.output, $0.gate] } + [decoder]
    let matrices = layers.map { layer in
      Summary.Matrix(
        name: layer.matrix.name, rows: layer.matrix.rows, columns: layer.matrix.columns,
        pattern: layer.matrix.pattern.text, nonZeros: layer.matrix.nonZeros,
        inputBits: layer.narrow == nil ? 16 : 7, bytes: layer.matrix.storedBytes)
    }
    let weights = matrices.reduce(0) { $0 + $1.rows * $1.columns }
    let nonZeros = matrices.reduce(0) { $0 + $1.nonZeros }
    let (width, states, count) = (architecture.width, architecture.states, architecture.blocks)
    // Biases (none for the drives), norms, lambdas and skips.
    let vectors =
      width + count * (2 * width + 2 * states + 3 * width) + 2 * width + architecture.outputs
    let perHop = nonZeros + count * (4 * states + 3 * width) + width
    return Summary(
      name: name, created: created, format: format, matrices: matrices,
      parameters: weights + vectors, zeros: 1 - Double(nonZeros) / Double(weights), data: data,
      scores: scores, multiplyAddsPerSecond: Double(perHop) / frontEnd.hop)
  }
}
