import Foundation

/// Checks JSON against the part of JSON Schema that this project's schemas use.
struct Schema {
  private let root: [String: Any]

  /// - Parameter name: of a file in `docs`.
  init(_ name: String) throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../docs/\(name)")
    let value = try JSONSerialization.jsonObject(with: Data(contentsOf: path))
    root = value as? [String: Any] ?? [:]
  }

  /// What is wrong with a text.
  func mistakes(_ text: String) -> [String] {
    guard let value = try? JSONSerialization.jsonObject(with: Data(text.utf8)) else {
      return ["no JSON: \(text.prefix(200))"]
    }
    return check(value, root, "")
  }

  private func check(_ value: Any, _ schema: [String: Any], _ place: String) -> [String] {
    var wrong: [String] = []
    if let name = schema["$ref"] as? String { wrong += check(value, resolve(name), place) }
    for part in schema["allOf"] as? [[String: Any]] ?? [] { wrong += check(value, part, place) }
    if let choices = schema["oneOf"] as? [[String: Any]] {
      let fits = choices.filter { check(value, $0, place).isEmpty }
      if fits.count != 1 { wrong.append("\(place): fits \(fits.count) of oneOf") }
    }
    let types = schema["type"].map { $0 as? [String] ?? [$0 as? String ?? ""] }
    if let types, !types.contains(where: { Self.isA(value, $0) }) {
      return wrong + ["\(place): \(value) is none of \(types)"]
    }
    let values = schema["enum"] as? [String] ?? (schema["const"] as? String).map { [$0] }
    if let values, !values.contains(value as? String ?? "") {
      wrong.append("\(place): \(value) is none of \(values)")
    }
    if let number = schema["const"] as? Int, number != value as? Int {
      wrong.append("\(place): \(value) is not \(number)")
    }
    if let number = value as? Double {
      if let least = schema["minimum"] as? Double, number < least {
        wrong.append("\(place): \(number)")
      }
      if let most = schema["maximum"] as? Double, number > most {
        wrong.append("\(place): \(number)")
      }
    }
    if let object = value as? [String: Any] {
      for key in schema["required"] as? [String] ?? [] where object[key] == nil {
        wrong.append("\(place): no \(key)")
      }
      for (key, part) in schema["properties"] as? [String: [String: Any]] ?? [:] {
        if let member = object[key] { wrong += check(member, part, "\(place).\(key)") }
      }
    }
    if let array = value as? [Any] {
      if let part = schema["items"] as? [String: Any] {
        for element in array { wrong += check(element, part, "\(place)[]") }
      }
      for (element, part) in zip(array, schema["prefixItems"] as? [[String: Any]] ?? []) {
        wrong += check(element, part, "\(place)[]")
      }
      if let least = schema["minItems"] as? Int, array.count < least {
        wrong.append("\(place): short")
      }
    }
    return wrong
  }

  private func resolve(_ name: String) -> [String: Any] {
    let definitions = root["$defs"] as? [String: [String: Any]] ?? [:]
    return definitions[name.replacingOccurrences(of: "#/$defs/", with: "")] ?? ["type": "nothing"]
  }

  private static func isA(_ value: Any, _ type: String) -> Bool {
    switch type {
    case "null": value is NSNull
    case "boolean": (value as? NSNumber).map(isBoolean) ?? false
    case "integer":
      (value as? NSNumber).map { !isBoolean($0) && $0.doubleValue == $0.doubleValue.rounded() }
        ?? false
    case "number": (value as? NSNumber).map { !isBoolean($0) } ?? false
    case "string": value is String
    case "array": value is [Any]
    case "object": value is [String: Any]
    default: false
    }
  }

  private static func isBoolean(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) == "c"
  }
}
