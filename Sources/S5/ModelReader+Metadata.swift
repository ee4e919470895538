extension ModelReader {
  /// Sizes larger than these are refused, so that no file can ask for endless memory.
  static let largest = 1024
  static let mostBlocks = 16
  /// The delays a front end may have, in seconds, each with its hop; the first is that of a file
  /// which names none.
  static let delays: [(delay: Double, hop: Double)] = [
    (0.032, 0.008), (0.016, 0.008), (0.008, 0.004),
  ]

  func architecture() throws(ModelError) -> Model.Architecture {
    struct Stored: Decodable {
      let features: Int
      let mask: Int
      let width: Int
      let states: Int
      let blocks: Int
      let presence: Bool?
      let activations: [String: String]
    }
    let key = "hush.architecture"
    let stored = try json(key, as: Stored.self)
    let sizes = [
      ("features", stored.features, Self.largest), ("mask", stored.mask, Self.largest),
      ("width", stored.width, Self.largest), ("states", stored.states, Self.largest),
      ("blocks", stored.blocks, Self.mostBlocks),
    ]
    for (name, size, largest) in sizes where !(1...largest).contains(size) {
      throw error(key, "\(name) is \(size)", "1 to \(largest)")
    }
    if stored.presence != nil { try checkAddition(key, "presence") }
    let known = ["norm": "relu", "output": "relu", "gate": "hard-sigmoid", "mask": "table"]
    guard stored.activations == known else {
      let found = stored.activations.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
      throw error(
        key, "activations \(found.joined(separator: ", "))",
        "norm relu, output relu, gate hard-sigmoid, mask table",
        mend: "this build runs no others; export the model with these")
    }
    return Model.Architecture(
      features: stored.features, bins: stored.mask, hasPresence: stored.presence ?? false,
      width: stored.width, states: stored.states,
      blocks: stored.blocks)
  }

  func frontEnd(_ architecture: Model.Architecture) throws(ModelError) -> Model.FrontEnd {
    struct Stored: Decodable {
      let window: Double
      let hop: Double
      let delay: Double?
      let floor: Double
      let meanTime: Double
      let inputExponent: Int
      let features: String

      enum CodingKeys: String, CodingKey {
        case window, hop, delay, floor, features
        case meanTime = "mean_time"
        case inputExponent = "input_exponent"
      }
    }
    let key = "hush.front_end"
    let stored = try json(key, as: Stored.self)
    let ranges = [
      ("window", stored.window, 1e-4...1), ("hop", stored.hop, 1e-4...stored.window),
      ("floor", stored.floor, 1e-30...1), ("mean_time", stored.meanTime, 1e-3...1e3),
    ]
    for (name, value, range) in ranges where !range.contains(value) {
      throw error(key, "\(name) is \(value)", "\(range.lowerBound) to \(range.upperBound)")
    }
    if stored.delay != nil { try checkAddition(key, "delay") }
    let delay = stored.delay ?? Self.delays[0].delay
    if let stored = stored.delay, !Self.delays.contains(where: { $0.delay == stored }) {
      let known = Self.delays.map { "\($0.delay)" }.joined(separator: ", ")
      throw error(key, "delay is \(stored)", "one of \(known)")
    }
    // A file without a delay may be of a front end that this build has no place for; the denoiser
    // tells that.
    if stored.delay != nil, let pair = Self.delays.first(where: { $0.delay == delay }),
      pair.hop != stored.hop
    {
      throw error(key, "hop is \(stored.hop)", "\(pair.hop), which a delay of \(delay) asks for")
    }
    guard let features = Model.FrontEnd.Features(rawValue: stored.features) else {
      let known = Model.FrontEnd.Features.allCases.map(\.rawValue).joined(separator: " or ")
      throw error(key, "features '\(stored.features)'", known)
    }
    guard architecture.features == features.sets * architecture.bins else {
      throw error(
        "hush.architecture", "\(architecture.features) features",
        "\(features.sets * architecture.bins), which '\(features.rawValue)' makes")
    }
    return Model.FrontEnd(
      window: stored.window, hop: stored.hop, delay: delay, floor: Float(stored.floor),
      meanTime: Float(stored.meanTime), inputExponent: stored.inputExponent, features: features)
  }

  func exponents(
    _ architecture: Model.Architecture, _ frontEnd: Model.FrontEnd
  ) throws(ModelError) -> Model.Exponents {
    struct Stored: Decodable {
      let input: Int
      let residual: Int
      let norm: [Int]
      let state: [Int]
      let output: [Int]
    }
    let key = "hush.exponents"
    let stored = try json(key, as: Stored.self)
    let counts = [
      ("norm", stored.norm.count, architecture.blocks + 1),
      ("state", stored.state.count, architecture.blocks),
      ("output", stored.output.count, architecture.blocks),
    ]
    for (name, count, expected) in counts where count != expected {
      throw error(key, "\(count) of \(name)", "\(expected)")
    }
    let all = [stored.input, stored.residual] + stored.norm + stored.state + stored.output
    for value in all where !(-64...64).contains(value) {
      throw error(key, "\(value)", "-64 to 64")
    }
    guard stored.input == frontEnd.inputExponent else {
      throw error(
        key, "input \(stored.input)",
        "\(frontEnd.inputExponent), the input_exponent of hush.front_end")
    }
    return Model.Exponents(
      input: stored.input, residual: stored.residual, norm: stored.norm, state: stored.state,
      output: stored.output)
  }

  func patterns() throws(ModelError) -> [String: Pattern] {
    struct Stored: Decodable { let pattern: String }
    let key = "hush.sparsity"
    var patterns: [String: Pattern] = [:]
    // In order, so that the same file always gets the same message.
    for (name, stored) in try json(key, as: [String: Stored].self).sorted(by: { $0.key < $1.key }) {
      guard let pattern = Pattern(stored.pattern) else {
        throw error(
          key, "pattern '\(stored.pattern)' of \(name)", "dense, unstructured or n16:1 to n16:16")
      }
      patterns[name] = pattern
    }
    return patterns
  }
}
