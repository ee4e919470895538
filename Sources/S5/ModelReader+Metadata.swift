extension ModelReader {
  /// Sizes larger than these are refused, so that no file can ask for endless memory.
  static let largest = 1024
  /// Features come in several sets.
  static let mostFeatures = 2048
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
      let turn: Int?
      let width: Int
      let states: Int
      let blocks: Int
      let presence: Bool?
      let activations: [String: String]
    }
    let key = "hush.architecture"
    let stored = try json(key, as: Stored.self)
    let sizes = [
      ("features", stored.features, Self.mostFeatures), ("mask", stored.mask, Self.largest),
      ("width", stored.width, Self.largest), ("states", stored.states, Self.largest),
      ("blocks", stored.blocks, Self.mostBlocks),
    ]
    for (name, size, largest) in sizes where !(1...largest).contains(size) {
      throw error(key, "\(name) is \(size)", "1 to \(largest)")
    }
    if stored.presence != nil { try checkAddition(key, "presence", since: "2") }
    if let turn = stored.turn {
      try checkAddition(key, "turn", since: "3")
      guard (0...Model.FrontEnd.bins).contains(turn) else {
        throw error(key, "turn is \(turn)", "0 to \(Model.FrontEnd.bins)")
      }
    }
    let known = ["norm": "relu", "output": "relu", "gate": "hard-sigmoid", "mask": "table"]
    guard stored.activations == known else {
      let found = stored.activations.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
      throw error(
        key, "activations \(found.joined(separator: ", "))",
        "norm relu, output relu, gate hard-sigmoid, mask table",
        mend: "this build runs no others; export the model with these")
    }
    return Model.Architecture(
      features: stored.features, gains: stored.mask, turns: stored.turn ?? 0,
      hasPresence: stored.presence ?? false, width: stored.width, states: stored.states,
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
      let bands: Int?
      let fine: Int?
      let makeup: Double?

      enum CodingKeys: String, CodingKey {
        case window, hop, delay, floor, features, bands, fine, makeup
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
    if stored.delay != nil { try checkAddition(key, "delay", since: "2") }
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
    guard let features = Model.FrontEnd.Features(text: stored.features) else {
      let known = Model.FrontEnd.Features.names.map(\.name).joined(separator: ", ")
      throw error(
        key, "features '\(stored.features)'",
        "log-mean alone or with others of \(known), in this order, joined by +")
    }
    let frontEnd = Model.FrontEnd(
      window: stored.window, hop: stored.hop, delay: delay, floor: Float(stored.floor),
      meanTime: Float(stored.meanTime), inputExponent: stored.inputExponent, features: features,
      bands: stored.bands, fine: stored.fine ?? 0, makeup: Float(stored.makeup ?? 1))
    if let makeup = stored.makeup {
      try checkAddition(key, "makeup", since: "5")
      guard (1...2).contains(makeup) else { throw error(key, "makeup is \(makeup)", "1 to 2") }
    }
    if stored.bands != nil { try checkAddition(key, "bands", since: "3") }
    if stored.fine != nil { try checkAddition(key, "fine", since: "3") }
    if !features.isSubset(of: [.logMean, .logLevel]) {
      try checkAddition(key, "features '\(features.text)'", since: "3")
    }
    try checkBands(frontEnd, architecture)
    try checkFine(frontEnd, isNamed: stored.fine != nil, architecture)
    let levels = stored.bands ?? architecture.gains
    let expected = features.count(levels: levels, fine: frontEnd.fine)
    guard architecture.features == expected else {
      throw error(
        "hush.architecture", "\(architecture.features) features",
        "\(expected), which '\(features.text)' makes")
    }
    return frontEnd
  }

  private func checkBands(
    _ frontEnd: Model.FrontEnd, _ architecture: Model.Architecture
  ) throws(ModelError) {
    if let bands = frontEnd.bands {
      let counts = Model.FrontEnd.bandCounts
      guard counts.contains(bands) else {
        throw error(
          "hush.front_end", "bands is \(bands)", "\(counts.lowerBound) to \(counts.upperBound)")
      }
      guard architecture.gains == bands else {
        throw error(
          "hush.architecture", "mask is \(architecture.gains)",
          "\(bands), the bands of hush.front_end")
      }
    } else if architecture.turns > 0 || !frontEnd.features.isSubset(of: [.logMean, .logLevel]) {
      // Of what versions 1 and 2 have, the denoiser tells it.
      guard architecture.gains == Model.FrontEnd.bins else {
        throw error(
          "hush.architecture", "mask is \(architecture.gains)",
          "\(Model.FrontEnd.bins), as hush.front_end names no bands")
      }
    }
  }

  /// - Parameter isNamed: whether the file has the key at all.
  private func checkFine(
    _ frontEnd: Model.FrontEnd, isNamed: Bool, _ architecture: Model.Architecture
  ) throws(ModelError) {
    let key = "hush.front_end"
    let hasPhase = frontEnd.features.contains(.phase)
    guard hasPhase || architecture.turns > 0 else {
      if isNamed {
        throw error(
          key, "fine is \(frontEnd.fine)", "none without phase in it or turn in hush.architecture")
      }
      return
    }
    guard isNamed else {
      throw error(
        key, "no 'fine'",
        "how many bins \(hasPhase ? "phase" : "the turn of hush.architecture") is for")
    }
    guard (1...Model.FrontEnd.bins).contains(frontEnd.fine) else {
      throw error(key, "fine is \(frontEnd.fine)", "1 to \(Model.FrontEnd.bins)")
    }
    guard architecture.turns == 0 || architecture.turns == frontEnd.fine else {
      throw error(
        "hush.architecture", "turn is \(architecture.turns)",
        "\(frontEnd.fine), the fine of hush.front_end")
    }
    // What a bin's centre frequency turns in a hop is whole quarters then.
    guard !hasPhase || abs(4 * frontEnd.hop - frontEnd.window) < 1e-6 else {
      throw error(
        key, "phase with a hop of \(frontEnd.hop)",
        "a hop of \(frontEnd.window / 4), a quarter of the window",
        mend: "export a model without phase, or of a greater delay")
    }
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
      let narrow: [String: Int]?
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
      output: stored.output, narrow: try narrow(stored.narrow, blocks: architecture.blocks))
  }

  private func narrow(_ stored: [String: Int]?, blocks: Int) throws(ModelError) -> Model.Narrow? {
    guard var stored else { return nil }
    let key = "hush.exponents"
    try checkAddition(key, "narrow", since: "5")
    func take(_ matrix: String) throws(ModelError) -> Int {
      guard let shift = stored.removeValue(forKey: matrix) else {
        throw error(key, "narrow without \(matrix)", "every B, every G and the decoder")
      }
      guard (0...8).contains(shift) else {
        throw error(key, "narrow of \(matrix) is \(shift)", "0 to 8")
      }
      return shift
    }
    var (drive, gate) = ([Int](), [Int]())
    for i in 0..<blocks {
      drive.append(try take("block.\(i).B"))
      gate.append(try take("block.\(i).G"))
    }
    let decoder = try take("decoder")
    if let name = stored.keys.min() {
      throw error(key, "narrow of \(printable(name))", "every B, every G and the decoder")
    }
    return Model.Narrow(drive: drive, gate: gate, decoder: decoder)
  }

  func patterns() throws(ModelError) -> [String: Pattern] {
    struct Stored: Decodable { let pattern: String }
    let key = "hush.sparsity"
    var patterns: [String: Pattern] = [:]
    // In order, so that the same file always gets the same message.
    for (name, stored) in try json(key, as: [String: Stored].self).sorted(by: { $0.key < $1.key }) {
      guard let pattern = Pattern(stored.pattern) else {
        throw error(
          key, "pattern '\(stored.pattern)' of \(name)",
          "dense, unstructured, clustered or n16:1 to n16:16")
      }
      if pattern == .clustered {
        try checkAddition(key, "pattern 'clustered' of \(name)", since: "4")
      }
      patterns[name] = pattern
    }
    return patterns
  }
}
