/// A trained network and how to feed it: what one model file holds.
///
/// The network is a stack of diagonal S5 blocks (Smith et al., "Simplified State Space Layers for
/// Sequence Modeling", ICLR 2023) with sparse int8 weights and int16 activations, after Pierro et
/// al., "Accelerating Linear RNNs for the Edge with Unstructured Sparsity", ICML 2025. Run it with
/// `FixedPointNetwork`.
public struct Model: Sendable {
  /// The name the training gave it.
  public let name: String
  /// The version of its file's format.
  public let format: String
  /// When it was made, as the file says it; may be empty.
  public let created: String
  public let architecture: Architecture
  public let frontEnd: FrontEnd
  /// The data it learned from and their licences: text, or JSON.
  public let data: String
  /// What it scored, as JSON; "{}" if nobody measured.
  public let scores: String

  let exponents: Exponents
  let encoder: Layer
  let blocks: [Block]
  let decoderNorm: Norm
  let decoder: Layer
  /// 1024 gains as Q15, for logits of -8 to 8.
  let maskTable: [Int16]

  /// Reads a model from the bytes of a .safetensors file; `name` stands for the file in errors.
  ///
  /// Whatever the bytes are, the outcome is a model that runs without overflow or a `ModelError`
  /// that says what is wrong.
  public init(bytes: [UInt8], name: String) throws(ModelError) {
    var reader = try ModelReader(Safetensors(bytes: bytes, file: name))
    format = try reader.checkedFormat()
    self.name = reader.text("hush.name")
    created = reader.text("hush.created")
    data = reader.plainText("hush.data")
    scores = reader.plainText("hush.scores")
    architecture = try reader.architecture()
    frontEnd = try reader.frontEnd(architecture)
    exponents = try reader.exponents(architecture, frontEnd)

    let width = architecture.width
    let patterns = try reader.patterns()
    encoder = try reader.layer(
      "encoder", rows: width, columns: architecture.features, shifts: 0...30, patterns)
    var blocks: [Block] = []
    for i in 0..<architecture.blocks {
      blocks.append(try reader.block(i, architecture, exponents, patterns))
    }
    self.blocks = blocks
    decoderNorm = try reader.norm("decoder", width)
    decoder = try reader.layer(
      "decoder", rows: architecture.outputs, columns: width, shifts: 1...30, patterns,
      narrow: exponents.narrow?.decoder)
    maskTable = try reader.vector("mask_table", [1024], 0...32767)
    try reader.checkNothingIsLeft()
  }
}

extension Model {
  /// A matrix and what makes int16 or int32 of its accumulators.
  struct Layer: Sendable {
    let matrix: Matrix
    /// A right shift for every row.
    let shift: [Int8]
    /// For every row; zeros for the drive, which has none.
    let bias: [Int32]
    /// The matrix reads 7 bits of its input, min(rs(input, narrow), 127) << narrow; nil: all 16.
    let narrow: Int?
  }

  /// Batch normalisation folded into a scale (Q15, never -32768) and an offset a channel.
  struct Norm: Sendable {
    let scale: [Int16]
    let offset: [Int16]
  }

  /// One S5 block: norm, ReLU, the linear recurrence, its gated output, added to the residual.
  struct Block: Sendable {
    let norm: Norm
    /// B: real parts of all states, then imaginary parts.
    let drive: Layer
    /// Q15: real parts, then imaginary parts; modulus below 1.
    let lambda: [Int16]
    /// C: columns for the real parts, then for the imaginary parts.
    let output: Layer
    /// D, the way past the recurrence, and its right shift.
    let skip: [Int16]
    let skipShift: Int
    let gate: Layer
    let residualShift: Int
  }
}
