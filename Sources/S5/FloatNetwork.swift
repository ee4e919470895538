/// The same network in Float, with the weights as the real numbers they stand for: what the
/// integer path comes close to. Nothing is rounded and nothing saturates but the ReLUs and the hard
/// sigmoid; the mask is interpolated in the table.
///
/// For comparisons: it keeps every zero, and is slow.
public final class FloatNetwork {
  private let architecture: Model.Architecture
  private let encoder: FloatLayer
  private let blocks: [FloatBlock]
  private let decoderNorm: FloatNorm
  private let decoder: FloatLayer
  /// Gains of the mask table, 0...1.
  private let table: [Float]
  private var states: [[Float]]

  public init(_ model: Model) {
    let exponents = model.exponents
    architecture = model.architecture
    encoder = FloatLayer(model.encoder, from: exponents.input, to: exponents.residual)
    blocks = model.blocks.indices.map { FloatBlock(model.blocks[$0], exponents, index: $0) }
    let last = exponents.norm[model.blocks.count]
    decoderNorm = FloatNorm(model.decoderNorm, exponents.residual, last)
    decoder = FloatLayer(model.decoder, from: last, to: logitExponent)
    table = model.maskTable.map { real($0, 15) }
    states = []
    reset()
  }

  /// Back to the silence before the first step.
  public func reset() {
    let silence = [Float](repeating: 0, count: 2 * architecture.states)
    states = Array(repeating: silence, count: architecture.blocks)
  }

  /// One hop.
  ///
  /// - Parameter features: `architecture.features` numbers, in units, not in the integer path's
  ///   steps.
  /// - Returns: `architecture.outputs` numbers, 0...1: gains, imaginary parts of the mask,
  ///   the presence of speech, as far as the model has them.
  public func step(_ features: [Float]) -> [Float] {
    precondition(features.count == architecture.features)
    var residual = encoder.apply(features)
    for (i, block) in blocks.enumerated() {
      let normed = block.norm.apply(residual)
      block.advance(&states[i], block.drive.apply(normed))
      var output = block.output.apply(states[i])
      for c in output.indices { output[c] = max(output[c] + normed[c] * block.skip[c], 0) }
      let gate = block.gate.apply(output)
      for c in residual.indices {
        residual[c] += output[c] * min(max(0.5 + gate[c] / 4, 0), 1)
      }
    }
    return decoder.apply(decoderNorm.apply(residual)).map(gain)
  }

  /// The table's gain for a logit, interpolated.
  private func gain(_ logit: Float) -> Float {
    let last = table.count - 1
    let place = min(max(logit * Float(1 << logitExponent) + Float(table.count / 2), 0), Float(last))
    let below = min(Int(place), last - 1)
    return table[below] + (table[below + 1] - table[below]) * (place - Float(below))
  }
}

/// The decoder's sums count in 64ths.
private let logitExponent = 6
/// The gate's argument; 1/2 + z/4 as Q15 takes two bits more.
private let gateExponent = 13
/// A state has so many bits more than its int16 copy.
private let stateBits = 13

private func real<T: BinaryInteger>(_ value: T, _ exponent: Int) -> Float {
  Float(sign: .plus, exponent: -exponent, significand: Float(value))
}

private struct FloatLayer {
  let rows: Int
  let columns: Int
  let weights: [Float]
  let bias: [Float]

  /// `before` and `after` are the exponents of the layer's input and output; a row's shift makes
  /// up the difference to the exponent of its weights.
  init(_ layer: Model.Layer, from before: Int, to after: Int) {
    let matrix = layer.matrix
    (rows, columns) = (matrix.rows, matrix.columns)
    weights = matrix.weights.indices.map {
      real(matrix.weights[$0], Int(layer.shift[$0 / matrix.columns]) + after - before)
    }
    bias = layer.bias.indices.map { real(layer.bias[$0], Int(layer.shift[$0]) + after) }
  }

  func apply(_ vector: [Float]) -> [Float] {
    var sums = bias
    for r in 0..<rows {
      for c in 0..<columns { sums[r] += weights[r * columns + c] * vector[c] }
    }
    return sums
  }
}

private struct FloatNorm {
  let scale: [Float]
  let offset: [Float]

  init(_ norm: Model.Norm, _ before: Int, _ after: Int) {
    scale = norm.scale.map { real($0, 15 + after - before) }
    offset = norm.offset.map { real($0, after) }
  }

  func apply(_ vector: [Float]) -> [Float] {
    vector.indices.map { max(vector[$0] * scale[$0] + offset[$0], 0) }
  }
}

private struct FloatBlock {
  let norm: FloatNorm
  let drive: FloatLayer
  let lambda: [Float]
  let output: FloatLayer
  let skip: [Float]
  let gate: FloatLayer

  init(_ block: Model.Block, _ exponents: Model.Exponents, index: Int) {
    let normed = exponents.norm[index]
    let (state, after) = (exponents.state[index], exponents.output[index])
    norm = FloatNorm(block.norm, exponents.residual, normed)
    drive = FloatLayer(block.drive, from: normed, to: state + stateBits)
    lambda = block.lambda.map { real($0, 15) }
    output = FloatLayer(block.output, from: state, to: after)
    skip = block.skip.map { real($0, block.skipShift + after - normed) }
    gate = FloatLayer(block.gate, from: after, to: gateExponent)
  }

  func advance(_ state: inout [Float], _ drive: [Float]) {
    let count = lambda.count / 2
    for p in 0..<count {
      let (re, im) = (state[p], state[count + p])
      let (lambdaRe, lambdaIm) = (lambda[p], lambda[count + p])
      state[p] = re * lambdaRe - im * lambdaIm + drive[p]
      state[count + p] = re * lambdaIm + im * lambdaRe + drive[count + p]
    }
  }
}
