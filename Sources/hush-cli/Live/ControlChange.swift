import FoundationEssentials
import Glibc
import S5

/// What a PUT to /control is to change.
struct ControlChange: Equatable, Sendable {
  private(set) var members: [String: JSONValue] = [:]

  /// As JSON.
  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = (try? encoder.encode(JSONValue.object(members))) ?? Data()
    return String(decoding: data, as: UTF8.self)
  }

  static func strength(_ decibels: Double?) -> ControlChange {
    ControlChange("strength_db", decibels.map { .number($0) } ?? .null)
  }
  static func bypass(_ isOn: Bool) -> ControlChange { ControlChange("bypass", .bool(isOn)) }
  static func mute(_ isOn: Bool) -> ControlChange { ControlChange("mute", .bool(isOn)) }
  static let reset = ControlChange("reset", .bool(true))

  private init(_ name: String, _ value: JSONValue) { members = [name: value] }

  /// - Parameter words: such as `strength=18dB`, as on the command line.
  init(_ words: [String]) throws(Failure) {
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      try take(String(parts[0]), parts.count > 1 ? String(parts[1]) : nil)
    }
  }

  private mutating func take(_ name: String, _ value: String?) throws(Failure) {
    switch (name, value) {
    case ("strength", let text?): members["strength_db"] = try Self.decibels(text)
    case ("bypass", let text?), ("mute", let text?):
      members[name] = .bool(try Self.flag(name, text))
    case ("model", "builtin"): members["model"] = .null
    case ("model", let name?) where !name.isEmpty && ModelFamily.isName(name):
      members["model"] = .string(name)
    case ("model", let path?) where !path.isEmpty:
      // hushd has another working directory.
      members["model"] = .string(try Self.absolute(path))
    case ("reset", nil): members["reset"] = .bool(true)
    case ("reset", _?): throw Failure(.usage, "reset takes no value")
    case ("strength", _), ("bypass", _), ("mute", _), ("model", _):
      throw Failure(.usage, "\(name) takes a value, such as \(Self.examples[name] ?? "")")
    default:
      throw Failure(
        .usage, "there is no '\(name)' to set; there are strength, bypass, mute, model and reset")
    }
  }

  private static let examples = [
    "strength": "strength=18dB", "bypass": "bypass=on", "mute": "mute=off",
    "model": "model=nano",
  ]

  private static func decibels(_ text: String) throws(Failure) -> JSONValue {
    let word = text.lowercased()
    if word == "max" { return .null }
    let digits = word.hasSuffix("db") ? word.dropLast(2) : word[...]
    let plain = String(digits.filter { $0 != " " })
    guard plain.allSatisfy({ "0123456789.".contains($0) }), let value = Double(plain),
      0...100 ~= value
    else {
      throw Failure(.usage, "strength=\(text): give 0 to 100 dB, such as strength=18dB, or max")
    }
    return .number(value)
  }

  private static func flag(_ name: String, _ text: String) throws(Failure) -> Bool {
    switch text.lowercased() {
    case "on", "yes", "true", "1": return true
    case "off", "no", "false", "0": return false
    default: throw Failure(.usage, "\(name)=\(text): give on or off")
    }
  }

  private static func absolute(_ path: String) throws(Failure) -> String {
    if path.hasPrefix("/") { return path }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    guard getcwd(&buffer, buffer.count) != nil else {
      throw Failure(.usage, "model=\(path): give a path from the root")
    }
    return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) } + "/" + path
  }
}
