import Foundation

/// The least model there can be, which takes 20 dB off everything. The one built in would take
/// minutes of a test run in a debug build.
public enum TinyModel {
  /// Made once for all tests.
  public static let path = file("plain", Kind())
  /// Of a delay of 16 ms, with hops of 8.
  public static let half = file("half", Kind(delay: 0.016))
  /// Of a delay of 8 ms, with hops of 4.
  public static let quarter = file("quarter", Kind(delay: 0.008, hop: 0.004))
  /// With a second output: somebody speaks, with a probability of 0.9.
  public static let listening = file("listening", Kind(hasPresence: true))

  /// Of the third format: 104 bands, all sets of features, imaginary parts of 0.2 for the lowest 96
  /// bins, and the presence of `listening`.
  public static let bands = file("bands", Kind(hasPresence: true, hasBands: true))

  /// What the file asks for besides.
  public struct Kind: Sendable {
    /// Seconds; nil: the file names none.
    public var delay: Double?
    public var hop: Double
    public var hasPresence: Bool
    public var hasBands: Bool

    public init(
      delay: Double? = nil, hop: Double = 0.008, hasPresence: Bool = false, hasBands: Bool = false
    ) {
      self.delay = delay
      self.hop = hop
      self.hasPresence = hasPresence
      self.hasBands = hasBands
    }

    /// Of the format: the first has none of the keys, the second the first two.
    var format: String { hasBands ? "3" : delay == nil && !hasPresence ? "1" : "2" }

    var gains: Int { hasBands ? 104 : 257 }
    /// Imaginary parts, and bins whose phase is heard.
    var turns: Int { hasBands ? 96 : 0 }
    var inputs: Int { hasBands ? 4 * gains + 2 * turns : gains }
  }

  private static func file(_ name: String, _ kind: Kind) -> String {
    let path = NSTemporaryDirectory() + "hush-tiny-\(name)-\(getpid()).safetensors"
    guard FileManager.default.createFile(atPath: path, contents: bytes(kind)) else {
      preconditionFailure("no file can be made in the directory for temporary ones")
    }
    made.add(path)
    return path
  }

  /// The bytes of such a file.
  public static func bytes(_ kind: Kind) -> Data {
    let rows = kind.gains + kind.turns + (kind.hasPresence ? 1 : 0)
    let tensors: [(name: String, type: String, shape: [Int], fill: Int)] = [
      ("encoder.weight", "I8", [1, kind.inputs], 0), ("encoder.shift", "I8", [1], 1),
      ("encoder.bias", "I32", [1], 0), ("block.0.norm.scale", "I16", [1], 0),
      ("block.0.norm.offset", "I16", [1], 0), ("block.0.B.weight", "I8", [2, 1], 0),
      ("block.0.B.shift", "I8", [2], 1), ("block.0.lambda", "I16", [2, 1], 0),
      ("block.0.C.weight", "I8", [1, 2], 0), ("block.0.C.shift", "I8", [1], 1),
      ("block.0.C.bias", "I32", [1], 0), ("block.0.D", "I16", [1], 0),
      ("block.0.D.shift", "I8", [1], 1), ("block.0.G.weight", "I8", [1, 1], 0),
      ("block.0.G.shift", "I8", [1], 1), ("block.0.G.bias", "I32", [1], 0),
      ("block.0.residual.shift", "I8", [1], 15), ("decoder.norm.scale", "I16", [1], 0),
      ("decoder.norm.offset", "I16", [1], 0), ("decoder.weight", "I8", [rows, 1], 0),
      ("decoder.shift", "I8", [rows], 1), ("decoder.bias", "I32", [rows], 0),
      ("mask_table", "I16", [1024], 3277),
    ]
    var entries = [metadata(kind)]
    var body = Data()
    for tensor in tensors.sorted(by: {
      $0.type < $1.type || $0.type == $1.type && $0.name < $1.name
    }) {
      let start = body.count
      let width = ["I8": 1, "I16": 2, "I32": 4][tensor.type] ?? 0
      for index in 0..<tensor.shape.reduce(1, *) {
        let value = odd(kind, tensor.name, index) ?? tensor.fill
        for k in 0..<width { body.append(UInt8(value >> (8 * k) & 255)) }
      }
      entries.append(
        "\"\(tensor.name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":\(tensor.shape),"
          + "\"data_offsets\":[\(start),\(body.count)]}")
    }
    let header = Data(("{" + entries.joined(separator: ",") + "}").utf8)
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header + body
  }

  /// The bias of the presence is so large that it takes the last of the mask's table, those of
  /// imaginary parts so low that they take the first; nil: a number like the others.
  private static func odd(_ kind: Kind, _ name: String, _ index: Int) -> Int? {
    switch (name, index) {
    case ("decoder.bias", kind.gains..<kind.gains + kind.turns): -1 << 20
    case ("decoder.bias", kind.gains + kind.turns): 1 << 20
    case ("mask_table", 0) where kind.hasBands: 19660
    case ("mask_table", 1023) where kind.hasPresence: 29490
    default: nil
    }
  }

  private static func metadata(_ kind: Kind) -> String {
    let names = ["encoder", "block.0.B", "block.0.C", "block.0.G", "decoder"]
    let presence = kind.hasPresence ? #""presence":true,"# : ""
    let delay = kind.delay.map { "\"delay\":\($0)," } ?? ""
    let bands = kind.hasBands ? "\"bands\":\(kind.gains),\"fine\":\(kind.turns)," : ""
    let turn = kind.hasBands ? "\"turn\":\(kind.turns)," : ""
    let features = kind.hasBands ? "log-mean+log-level+log-floor+log-short+phase" : "log-mean"
    let activations = #"{"gate":"hard-sigmoid","mask":"table","norm":"relu","output":"relu"}"#
    let sparsity = names.map { "\"\($0)\":{\"pattern\":\"dense\"}" }.joined(separator: ",")
    let values: [String: String] = [
      "hush.format": kind.format, "hush.name": "tiny", "hush.data": "\"none\"",
      "hush.scores": "{}",
      "hush.architecture": "{\"activations\":\(activations),\"blocks\":1,"
        + "\"features\":\(kind.inputs),\"mask\":\(kind.gains),\(presence)\"states\":1,\(turn)"
        + "\"width\":1}",
      "hush.front_end": "{\(bands)\(delay)\"features\":\"\(features)\",\"floor\":1e-10,"
        + "\"hop\":\(kind.hop),\"input_exponent\":12,\"mean_time\":1.0,\"window\":0.032}",
      "hush.exponents":
        #"{"input":12,"norm":[11,11],"output":[11],"residual":11,"state":[12]}"#,
      "hush.sparsity": "{\(sparsity)}",
    ]
    let pairs = values.map { key, value in
      "\"\(key)\":\"\(value.replacingOccurrences(of: "\"", with: "\\\""))\""
    }
    return "\"__metadata__\":{" + pairs.sorted().joined(separator: ",") + "}"
  }

  private static let made = Made()

  /// The files of this process, which go with it.
  private final class Made: @unchecked Sendable {
    private let lock = NSLock()
    private var paths: [String] = []

    init() { atexit { TinyModel.made.remove() } }

    func add(_ path: String) { lock.withLock { paths.append(path) } }

    func remove() { lock.withLock { for path in paths { unlink(path) } } }
  }
}
