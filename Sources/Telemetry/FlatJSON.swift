/// Reads a JSON object (RFC 8259) of plain values: nothing nested, so nothing to exhaust a stack
/// with, no name twice.
struct FlatJSON {
  enum Value: Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
  }

  struct Mistake: Error, Equatable {
    let line: String
  }

  private let bytes: [UInt8]
  private var place = 0

  static func object(_ bytes: [UInt8]) throws(Mistake) -> [(name: String, value: Value)] {
    var reader = FlatJSON(bytes: bytes)
    return try reader.object()
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func object() throws(Mistake) -> [(name: String, value: Value)] {
    var members: [(name: String, value: Value)] = []
    guard next() == UInt8(ascii: "{") else { throw mistake("no JSON object") }
    place += 1
    if next() == UInt8(ascii: "}") {
      place += 1
    } else {
      while true {
        guard next() == UInt8(ascii: "\"") else { throw mistake("no name") }
        let name = try string()
        guard next() == UInt8(ascii: ":") else { throw mistake("no ':' after the name") }
        place += 1
        let value = try value()
        guard !members.contains(where: { $0.name == name }) else {
          throw mistake("a name twice")
        }
        members.append((name, value))
        let after = next()
        place += 1
        if after == UInt8(ascii: "}") { break }
        guard after == UInt8(ascii: ",") else {
          place -= 1
          throw mistake("neither ',' nor '}'")
        }
      }
    }
    guard next() == nil else { throw mistake("something after the object") }
    return members
  }

  private func mistake(_ what: String) -> Mistake {
    Mistake(line: "not usable JSON: \(what) at byte \(place)")
  }

  /// The next byte that is no space; stays before it.
  private mutating func next() -> UInt8? {
    while place < bytes.count, [32, 9, 10, 13].contains(bytes[place]) { place += 1 }
    return place < bytes.count ? bytes[place] : nil
  }

  private mutating func value() throws(Mistake) -> Value {
    switch next() {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "{"), UInt8(ascii: "["): throw mistake("a nested value")
    case nil: throw mistake("no value")
    default:
      let start = place
      while place < bytes.count, !",} \t\r\n".utf8.contains(bytes[place]) { place += 1 }
      let word = String(decoding: bytes[start..<place], as: UTF8.self)
      switch word {
      case "null": return .null
      case "true": return .bool(true)
      case "false": return .bool(false)
      default:
        guard Self.isNumber(word), let number = Double(word), number.isFinite else {
          place = start
          throw mistake("no value")
        }
        return .number(number)
      }
    }
  }

  /// By JSON's grammar, which is narrower than Swift's.
  private static func isNumber(_ word: String) -> Bool {
    let pattern = /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/
    return word.wholeMatch(of: pattern) != nil
  }

  private mutating func string() throws(Mistake) -> String {
    place += 1
    var units: [UInt8] = []
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: units, as: UTF8.self) else {
          throw mistake("a string that is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): units += try escaped()
      case 0..<32: throw mistake("a control character in a string")
      default: units.append(byte)
      }
    }
    throw mistake("a string without an end")
  }

  private mutating func escaped() throws(Mistake) -> [UInt8] {
    guard place < bytes.count else { throw mistake("a string without an end") }
    let byte = bytes[place]
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "u"):
      var code = try hex()
      if 0xd800..<0xdc00 ~= code {
        guard place + 1 < bytes.count, bytes[place] == UInt8(ascii: "\\"),
          bytes[place + 1] == UInt8(ascii: "u")
        else { throw mistake("half a character") }
        place += 2
        let low = try hex()
        guard 0xdc00..<0xe000 ~= low else { throw mistake("half a character") }
        code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw mistake("half a character") }
      return Array(String(Character(scalar)).utf8)
    default: throw mistake("an escape that is none")
    }
  }

  private mutating func hex() throws(Mistake) -> UInt32 {
    guard place + 4 <= bytes.count,
      bytes[place..<place + 4].allSatisfy({
        48...57 ~= $0 || 65...70 ~= $0 || 97...102 ~= $0
      }), let code = UInt32(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16)
    else { throw mistake("an escape that is none") }
    place += 4
    return code
  }
}
