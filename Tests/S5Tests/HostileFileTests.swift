import Foundation
import Testing

@testable import S5

/// A model file taken apart, to be put together wrongly.
struct Parts {
  var header: [String: Any]
  var data: [UInt8]

  init(_ name: String) throws {
    let bytes = GoldenCase.bytes(name)
    let length = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
    let json = try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length]))
    header = try #require(json as? [String: Any])
    data = Array(bytes[(8 + length)...])
  }

  var bytes: [UInt8] {
    get throws {
      let json = [UInt8](try JSONSerialization.data(withJSONObject: header))
      return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json + data
    }
  }

  func entry(_ name: String) -> [String: Any] { header[name] as? [String: Any] ?? [:] }

  mutating func set(_ tensor: String, _ key: String, _ value: Any) {
    var entry = entry(tensor)
    entry[key] = value
    header[tensor] = entry
  }

  mutating func setMetadata(_ key: String, _ value: Any?) {
    var metadata = entry("__metadata__")
    metadata[key] = value
    header["__metadata__"] = metadata
  }

  mutating func replace(_ key: String, _ old: String, _ new: String) throws {
    let text = try #require(entry("__metadata__")[key] as? String)
    try #require(text.contains(old))
    setMetadata(key, text.replacingOccurrences(of: old, with: new))
  }

  /// Overwrites a tensor's data from its start.
  mutating func fill(_ tensor: String, _ bytes: [UInt8]) throws {
    let offsets = try #require(entry(tensor)["data_offsets"] as? [Int])
    for (i, byte) in bytes.enumerated() { data[offsets[0] + i] = byte }
  }

  /// Clears the first bit that is set in a tensor of bits.
  ///
  /// - Returns: where the tensor begins and ends.
  @discardableResult
  mutating func dropBit(_ tensor: String) throws -> [Int] {
    let offsets = try #require(entry(tensor)["data_offsets"] as? [Int])
    let used = try #require(data[offsets[0]..<offsets[1]].firstIndex { $0 != 0 })
    data[used] &= data[used] - 1
    return offsets
  }
}

struct Damage: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// What the message must hold.
  let message: String
  var model = "mixed"
  let change: @Sendable (inout Parts) throws -> Void
}

@Suite("Hostile model files")
struct HostileFileTests {
  static let damages: [Damage] = [
    Damage(
      testDescription: "newer format", message: "version '6', expected version 1, 2, 3, 4 or 5"
    ) {
      $0.setMetadata("hush.format", "6")
    },
    Damage(testDescription: "key of a newer format", message: "delay in a file of version 1") {
      try $0.replace("hush.front_end", "\"hop\":0.008", "\"delay\":0.016,\"hop\":0.008")
    },
    Damage(
      testDescription: "presence of a newer format", message: "presence in a file of version 1"
    ) {
      try $0.replace("hush.architecture", "\"states\"", "\"presence\":true,\"states\"")
    },
    Damage(testDescription: "presence without its row", message: "expected") {
      $0.setMetadata("hush.format", "2")
      try $0.replace("hush.architecture", "\"states\"", "\"presence\":true,\"states\"")
    },
    Damage(testDescription: "delay", message: "delay is 0.01, expected one of 0.032, 0.016, 0.008")
    {
      $0.setMetadata("hush.format", "2")
      try $0.replace("hush.front_end", "\"hop\":0.008", "\"delay\":0.01,\"hop\":0.008")
    },
    Damage(
      testDescription: "hop of a delay", message: "hop is 0.008, expected 0.004, which a delay"
    ) {
      $0.setMetadata("hush.format", "2")
      try $0.replace("hush.front_end", "\"hop\":0.008", "\"delay\":0.008,\"hop\":0.008")
    },
    Damage(testDescription: "no model", message: "hush.format: missing") {
      $0.header["__metadata__"] = nil
    },
    Damage(testDescription: "no JSON", message: "hush.exponents: no valid JSON") {
      $0.setMetadata("hush.exponents", "{")
    },
    Damage(testDescription: "key gone", message: "hush.front_end: no 'hop'") {
      try $0.replace("hush.front_end", "\"hop\"", "\"hip\"")
    },
    Damage(testDescription: "type", message: "hush.architecture: 'width' is not of type Int") {
      try $0.replace("hush.architecture", "\"width\":40", "\"width\":\"40\"")
    },
    Damage(testDescription: "no width", message: "width is 0, expected 1 to 1024") {
      try $0.replace("hush.architecture", "\"width\":40", "\"width\":0")
    },
    Damage(testDescription: "endless width", message: "width is 4000000000, expected 1 to 1024") {
      try $0.replace("hush.architecture", "\"width\":40", "\"width\":4000000000")
    },
    Damage(testDescription: "activation", message: "gate softmax") {
      try $0.replace("hush.architecture", "hard-sigmoid", "softmax")
    },
    Damage(testDescription: "feature count", message: "33 features, expected 66") {
      try $0.replace("hush.front_end", "log-mean", "log-mean+log-level")
    },
    Damage(testDescription: "feature kind", message: "features 'cepstrum'") {
      try $0.replace("hush.front_end", "log-mean", "cepstrum")
    },
    Damage(testDescription: "hop", message: "hop is 9.0") {
      try $0.replace("hush.front_end", "\"hop\":0.008", "\"hop\":9")
    },
    Damage(testDescription: "exponents", message: "hush.exponents: input 12, expected 11") {
      try $0.replace("hush.front_end", "\"input_exponent\":12", "\"input_exponent\":11")
    },
    Damage(testDescription: "pattern", message: "pattern 'n16:17' of block.1.B") {
      try $0.replace("hush.sparsity", "n16:4", "n16:17")
    },
    Damage(testDescription: "other pattern", message: "encoder.weight: missing") {
      try $0.replace("hush.sparsity", "n16:4", "dense")
    },
    Damage(testDescription: "data type", message: "encoder.bias: I8 [40], expected I32 [40]") {
      $0.set("encoder.bias", "dtype", "I8")
      try $0.fit("encoder.bias", 40)
    },
    Damage(testDescription: "unknown type", message: "encoder.bias: BF16 [40]") {
      $0.set("encoder.bias", "dtype", "BF16")
    },
    Damage(testDescription: "shape", message: "encoder.bias: I32 [4, 10], expected I32 [40]") {
      $0.set("encoder.bias", "shape", [4, 10])
    },
    Damage(testDescription: "negative shape", message: "encoder.bias: I32 [-40]") {
      $0.set("encoder.bias", "shape", [-40])
    },
    Damage(testDescription: "shape beyond 64 bits", message: "a sensible shape") {
      $0.set("encoder.bias", "shape", [1 << 40, 1 << 40])
    },
    Damage(testDescription: "offsets", message: "without gaps or overlaps") {
      $0.set("encoder.bias", "data_offsets", [0, 160])
    },
    Damage(testDescription: "no offsets", message: "encoder.bias: data_offsets []") {
      $0.set("encoder.bias", "data_offsets", [Int]())
    },
    Damage(testDescription: "reversed offsets", message: "data_offsets") {
      $0.set("encoder.bias", "data_offsets", [160, 0])
    },
    Damage(testDescription: "offsets out of range", message: "data_offsets") {
      $0.set("encoder.bias", "data_offsets", [Int.max - 160, Int.max])
    },
    Damage(testDescription: "data too long", message: "bytes of data, expected the") {
      $0.data.append(0)
    },
    Damage(testDescription: "data too short", message: "without gaps or overlaps") {
      $0.data.removeLast()
    },
    Damage(testDescription: "tensor more", message: "extra: a tensor this architecture has no") {
      $0.header["extra"] = [
        "dtype": "I8", "shape": [1], "data_offsets": [$0.data.count, $0.data.count + 1],
      ]
      $0.data.append(0)
    },
    Damage(testDescription: "shift", message: "decoder.shift: 31 at 0, expected 1 to 30") {
      try $0.fill("decoder.shift", [31])
    },
    Damage(testDescription: "scale", message: "decoder.norm.scale: -32768 at 0") {
      try $0.fill("decoder.norm.scale", [0, 0x80])
    },
    Damage(testDescription: "table", message: "mask_table: -1 at 1") {
      try $0.fill("mask_table", [0, 0, 255, 255])
    },
    Damage(testDescription: "residual", message: "block.0.residual.shift: 1, expected") {
      try $0.fill("block.0.residual.shift", [1])
    },
    Damage(testDescription: "unstable", message: "block.0.lambda: state 0 is 32767, 32767") {
      try $0.fill("block.0.lambda", Array(repeating: [0xFF, 0x7F], count: 24).flatMap { $0 })
    },
    Damage(testDescription: "overflow", message: "encoder: weights that do not fit: row 0 can") {
      try $0.fill("encoder.bias", [0, 0, 0, 0x80])
    },
    Damage(testDescription: "order", message: "encoder.indices: place 1 after 1 in row 0") {
      try $0.fill("encoder.indices", [0x11, 0x11])
    },
    Damage(testDescription: "past the last column", message: "encoder.indices: a weight for") {
      // 33 columns: the third window has one; its four places are the last two of six bytes.
      try $0.fill("encoder.indices", [0x10, 0x32, 0x10, 0x32, 0x21, 0x43])
      try $0.fill("encoder.values", Array(repeating: 1, count: 12))
    },
    Damage(
      testDescription: "bit past the last column", message: "encoder.bitmap: a bit for column 4",
      model: "odd-unstructured"
    ) {
      // 45 columns are six bytes. One bit fewer elsewhere keeps the count of values right.
      let offsets = try $0.dropBit("encoder.bitmap")
      $0.data[offsets[0] + 5] |= 0x80
    },
    Damage(
      testDescription: "stored zero", message: "encoder.values: 0 at 0",
      model: "odd-unstructured"
    ) {
      try $0.fill("encoder.values", [0])
    },
    Damage(
      testDescription: "clustered in a file of an older format",
      message: "pattern 'clustered' of block.0.B in a file of version 3", model: "clustered"
    ) {
      $0.setMetadata("hush.format", "3")
    },
    Damage(
      testDescription: "7 bits in a file of an older format",
      message: "hush.exponents: narrow in a file of version 4, expected none", model: "narrow"
    ) {
      $0.setMetadata("hush.format", "4")
    },
    Damage(
      testDescription: "shifted too far",
      message: "hush.exponents: narrow of block.1.G is 9, expected 0 to 8", model: "narrow"
    ) {
      try $0.replace("hush.exponents", "\"block.1.G\":4", "\"block.1.G\":9")
    },
    Damage(
      testDescription: "no shift for a matrix",
      message: "narrow without block.0.B, expected every B, every G and the decoder",
      model: "narrow"
    ) {
      try $0.replace("hush.exponents", "\"block.0.B\":7,", "")
    },
    Damage(
      testDescription: "a shift for what reads all",
      message: "narrow of block.0.C, expected every B",
      model: "narrow"
    ) {
      try $0.replace("hush.exponents", "\"block.0.B\":7", "\"block.0.B\":7,\"block.0.C\":7")
    },
    Damage(
      testDescription: "byte past the last", message: "encoder.occupied: a bit for byte 1",
      model: "clustered"
    ) {
      // 65 columns are nine bytes. One bit fewer elsewhere keeps the count of bytes right.
      let offsets = try $0.dropBit("encoder.occupied")
      $0.data[offsets[1] - 1] |= 0x80
    },
    Damage(
      testDescription: "stored byte of zeros", message: "encoder.bitmap: 0 at 0, expected no zeros",
      model: "clustered"
    ) {
      try $0.fill("encoder.bitmap", [0])
    },
    Damage(
      testDescription: "bytes missing", message: "encoder.bitmap: U8", model: "clustered"
    ) {
      try $0.dropBit("encoder.occupied")
    },
    Damage(
      testDescription: "half byte", message: "unused half byte that is not 0 in row 0",
      model: "odd-n16"
    ) {
      // Three windows of three places: nine half bytes in five bytes.
      let offsets = try #require($0.entry("encoder.indices")["data_offsets"] as? [Int])
      $0.data[offsets[0] + 4] |= 0xF0
    },
  ]

  /// Of the third format: 104 bands, fine 96, all features.
  static let bandDamages: [Damage] = [
    bands("bands of a newer format", "hush.front_end: bands in a file of version 2, expected none")
    {
      $0.setMetadata("hush.format", "2")
      try $0.replace("hush.architecture", "\"turn\"", "\"torn\"")
    },
    bands(
      "turn of a newer format", "turn in a file of version 2, expected none; export the model as"
    ) {
      $0.setMetadata("hush.format", "2")
    },
    bands("fine of a newer format", "hush.front_end: fine in a file of version 2") {
      $0.setMetadata("hush.format", "2")
      try $0.replace("hush.architecture", "\"turn\"", "\"torn\"")
      try $0.replace("hush.front_end", "\"bands\"", "\"bonds\"")
    },
    Damage(
      testDescription: "features of a newer format",
      message: "features 'log-mean+log-floor' in a file of version 1"
    ) {
      try $0.replace("hush.front_end", "log-mean", "log-mean+log-floor")
    },
    bands("makeup of a newer format", "hush.front_end: makeup in a file of version 3") {
      try $0.replace("hush.front_end", "\"mean_time\"", "\"makeup\":1.2,\"mean_time\"")
    },
    bands("too much makeup", "hush.front_end: makeup is 2.5, expected 1 to 2") {
      $0.setMetadata("hush.format", "5")
      try $0.replace("hush.front_end", "\"mean_time\"", "\"makeup\":2.5,\"mean_time\"")
    },
    bands("turn as a boolean", "hush.architecture: 'turn' is not of type Int") {
      try $0.replace("hush.architecture", "\"turn\":96", "\"turn\":true")
    },
    bands("turn below none", "hush.architecture: turn is -1, expected 0 to 257") {
      try $0.replace("hush.architecture", "\"turn\":96", "\"turn\":-1")
    },
    bands("more turns than bins", "hush.architecture: turn is 258, expected 0 to 257") {
      try $0.replace("hush.architecture", "\"turn\":96", "\"turn\":258")
    },
    bands("turn apart from fine", "turn is 95, expected 96, the fine of hush.front_end") {
      try $0.replace("hush.architecture", "\"turn\":96", "\"turn\":95")
    },
    bands("turn without its rows", "expected") {
      try $0.replace("hush.architecture", "\"turn\":96", "\"turn\":0")
    },
    bands("no fine", "hush.front_end: no 'fine', expected how many bins phase is for") {
      try $0.replace("hush.front_end", "\"fine\"", "\"fire\"")
    },
    bands("no fine for turn", "no 'fine', expected how many bins the turn of hush.architecture") {
      try $0.replace("hush.front_end", "\"fine\"", "\"fire\"")
      try $0.replace("hush.front_end", "+phase", "")
    },
    bands("fine of nothing", "fine is 96, expected none without phase in it or turn") {
      try $0.replace("hush.architecture", "\"turn\"", "\"torn\"")
      try $0.replace("hush.front_end", "+phase", "")
    },
    bands("fine below one", "fine is 0, expected 1 to 257") {
      try $0.replace("hush.front_end", "\"fine\":96", "\"fine\":0")
    },
    bands("more fine than bins", "fine is 258, expected 1 to 257") {
      try $0.replace("hush.front_end", "\"fine\":96", "\"fine\":258")
    },
    bands("too few bands", "hush.front_end: bands is 64, expected 65 to 200") {
      try $0.replace("hush.front_end", "\"bands\":104", "\"bands\":64")
    },
    bands("too many bands", "hush.front_end: bands is 201, expected 65 to 200") {
      try $0.replace("hush.front_end", "\"bands\":104", "\"bands\":201")
    },
    bands("mask apart from bands", "mask is 104, expected 105, the bands of hush.front_end") {
      try $0.replace("hush.front_end", "\"bands\":104", "\"bands\":105")
    },
    bands("mask of neither", "mask is 104, expected 257, as hush.front_end names no bands") {
      try $0.replace("hush.front_end", "\"bands\"", "\"bonds\"")
    },
    bands("features in another order", "features 'log-mean+log-level+log-short+log-floor+phase'") {
      try $0.replace("hush.front_end", "log-floor+log-short", "log-short+log-floor")
    },
    bands("features twice", "expected log-mean alone or with others of log-mean, log-level,") {
      try $0.replace("hush.front_end", "log-floor+log-short", "log-floor+log-floor")
    },
    bands("no log-mean", "features 'log-level+log-floor+log-short+phase'") {
      try $0.replace("hush.front_end", "log-mean+", "")
    },
    bands("a set less", "608 features, expected 504, which 'log-mean+log-level+log-floor+phase'") {
      try $0.replace("hush.front_end", "+log-short", "")
    },
    bands("too many features", "features is 2049, expected 1 to 2048") {
      try $0.replace("hush.architecture", "\"features\":608", "\"features\":2049")
    },
    bands("phase with short hops", "phase with a hop of 0.004, expected a hop of 0.008") {
      try $0.replace("hush.front_end", "\"hop\":0.008", "\"delay\":0.008,\"hop\":0.004")
    },
  ]

  private static func bands(
    _ name: String, _ message: String, change: @escaping @Sendable (inout Parts) throws -> Void
  ) -> Damage {
    Damage(testDescription: name, message: message, model: "bands", change: change)
  }

  @Test("each damage is refused by name, in one line", arguments: damages + bandDamages)
  func named(_ damage: Damage) throws {
    var parts = try Parts(damage.model)
    try damage.change(&parts)
    let bytes = try parts.bytes
    do {
      _ = try Model(bytes: bytes, name: "a.safetensors")
      Issue.record("it was accepted")
    } catch {
      #expect(error.description.contains(damage.message), "\(error)")
      #expect(error.description.hasPrefix("a.safetensors: "))
      #expect(!error.description.contains("\n"))
    }
  }

  @Test("what is taken apart and put together still loads")
  func sound() throws {
    let model = try Model(bytes: try Parts("mixed").bytes, name: "a")
    #expect(model.architecture == GoldenCase.named("mixed").model.architecture)
  }

  @Test("names from a file cannot break the line")
  func escapes() throws {
    var parts = try Parts("mixed")
    parts.setMetadata("hush.format", "2\n\u{1B}[2J")
    let bytes = try parts.bytes
    let error = #expect(throws: ModelError.self) { try Model(bytes: bytes, name: "a") }
    #expect(error?.description.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)

    parts = try Parts("mixed")
    parts.setMetadata("hush.name", "quiet\n\u{1B}[2J")
    parts.setMetadata("hush.data", "\"one\\ntwo\\u001b\"")
    let summary = try Model(bytes: parts.bytes, name: "a").summary
    #expect(summary.name == "quiet??[2J")
    #expect(summary.data == "one\ntwo?")
  }

  @Test(
    "no header that lies about itself gets through",
    arguments: [
      [], [1], [UInt8](repeating: 0, count: 8), [UInt8](repeating: 255, count: 8),
      [UInt8](repeating: 255, count: 64), [2, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D],
      [3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], [0, 0, 0, 0, 0, 0, 0, 0x80, 0x7B, 0x7D],
      [4, 0, 0, 0, 0, 0, 0, 0] + Array("null".utf8), [2, 0, 0, 0, 0, 0, 0, 0] + Array("[]".utf8),
      [0xA0, 0x86, 1, 0, 0, 0, 0, 0] + [UInt8](repeating: 0x5B, count: 100_000),
    ])
  func headers(_ bytes: [UInt8]) {
    #expect(throws: ModelError.self) { try Model(bytes: bytes, name: "a") }
  }

  @Test("no truncated file loads")
  func truncated() {
    let bytes = GoldenCase.bytes("one-of-each")
    for count in stride(from: 0, to: bytes.count, by: 7) {
      #expect(throws: ModelError.self) { try Model(bytes: Array(bytes[..<count]), name: "a") }
    }
  }

  @Test(
    "a file with bytes flipped is refused or runs",
    arguments: ["mixed", "odd-n16", "one-of-each", "bands"])
  func flipped(_ name: String) {
    let bytes = GoldenCase.bytes(name)
    let headerEnd = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
    var random = SplitMix(state: 7)
    var (refused, ran) = (0, 0)
    for round in 0..<400 {
      var damaged = bytes
      // Half of the rounds anywhere, half in the header, where there is more to break.
      let end = round % 2 == 0 ? bytes.count : headerEnd
      for _ in 0...round % 3 {
        damaged[Int.random(in: 0..<end, using: &random)] ^= UInt8(
          1 << Int.random(in: 0..<8, using: &random))
      }
      do {
        let model = try Model(bytes: damaged, name: "a")
        let features = goldenFeatures(1, 4, model.architecture.features)
        let mask = FixedPointNetwork(model).run(features)
        #expect(mask.allSatisfy { $0 >= 0 })
        ran += 1
      } catch {
        refused += 1
      }
    }
    #expect(refused > 50 && ran > 20)
  }
}

/// The same numbers in every run, so that a failure comes back.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension Parts {
  /// Gives a tensor so many bytes of data: what comes after moves.
  mutating func fit(_ tensor: String, _ size: Int) throws {
    let offsets = try #require(entry(tensor)["data_offsets"] as? [Int])
    let surplus = offsets[1] - offsets[0] - size
    data.removeSubrange(offsets[1] - surplus..<offsets[1])
    for name in header.keys where name != "__metadata__" {
      guard let old = entry(name)["data_offsets"] as? [Int], old[1] >= offsets[1] else { continue }
      set(name, "data_offsets", [name == tensor ? old[0] : old[0] - surplus, old[1] - surplus])
    }
  }
}
