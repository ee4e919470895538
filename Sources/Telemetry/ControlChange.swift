import S5

/// What a PUT to /control asks for; checked.
struct ControlChange: Equatable {
  /// dB; nil: not asked for; infinite: no limit.
  var strength: Double?
  var bypass: Bool?
  var mute: Bool?
  var model: Model?
  var resets = false

  enum Model: Equatable {
    case builtIn
    /// The name of a built-in one, or a path from the root.
    case named(String)
  }

  /// What is wrong, and the mend.
  struct Mistake: Error, Equatable {
    let line: String
  }

  init() {}

  /// - Parameter body: JSON.
  init(_ body: [UInt8]) throws(Mistake) {
    let members: [(name: String, value: FlatJSON.Value)]
    do { members = try FlatJSON.object(body) } catch {
      throw Mistake(line: "\(error.line); send an object such as {\"bypass\":true}")
    }
    guard !members.isEmpty else {
      throw Mistake(line: "nothing is asked for; \(Self.keys)")
    }
    for (name, value) in members { try take(name, value) }
  }

  private static let keys = "give any of strength_db, bypass, mute, model, reset"

  private mutating func take(_ name: String, _ value: FlatJSON.Value) throws(Mistake) {
    switch (name, value) {
    case ("strength_db", .number(let number)) where 0...100 ~= number: strength = number
    case ("strength_db", .null): strength = .infinity
    case ("strength_db", _):
      throw Mistake(line: "strength_db: give dB, 0 to 100, or null for no limit")
    case ("bypass", .bool(let flag)): bypass = flag
    case ("mute", .bool(let flag)): mute = flag
    case ("reset", .bool(let flag)): resets = flag
    case ("bypass", _), ("mute", _), ("reset", _):
      throw Mistake(line: "\(name): give true or false")
    case ("model", .null): model = .builtIn
    case ("model", .string(let name))
    where name.hasPrefix("/") || ModelFamily.isName(name) && !name.isEmpty:
      model = .named(name)
    case ("model", _):
      throw Mistake(
        line:
          "model: give the name of a built-in one, a path from the root, or null for the usual one")
    default: throw Mistake(line: "there is no '\(name.prefix(40))'; \(Self.keys)")
    }
  }
}
