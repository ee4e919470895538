import FoundationEssentials

/// Any JSON, to carry over what a model file says without knowing its keys.
enum JSONValue: Codable, Equatable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .number(let value):
      if let whole = Int(exactly: value) {
        try container.encode(whole)
      } else {
        try container.encode(value)
      }
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  /// Text that is JSON as it is, other text as a string.
  init(text: String) {
    self = (try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))) ?? .string(text)
  }

  /// Names and plain values, an object inside an object as `outer.inner`, in order of names.
  func flattened(_ prefix: String = "") -> [(name: String, value: String)] {
    switch self {
    case .object(let members):
      members.sorted { $0.key < $1.key }.flatMap {
        $0.value.flattened(prefix.isEmpty ? $0.key : prefix + "." + $0.key)
      }
    case .array(let values):
      values.contains { if case .object = $0 { true } else { false } }
        ? values.enumerated().flatMap { $0.element.flattened("\(prefix)[\($0.offset + 1)]") }
        : [(prefix, values.map(\.plain).joined(separator: ", "))]
    default: [(prefix, plain)]
    }
  }

  private var plain: String {
    switch self {
    case .null: "-"
    case .bool(let value): "\(value)"
    case .number(let value): Int(exactly: value).map(String.init) ?? "\(value)"
    case .string(let value): value
    case .array(let values): values.map(\.plain).joined(separator: ", ")
    case .object: flattened().map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    }
  }
}
