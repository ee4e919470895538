/// What values a key takes.
public enum Kind: Sendable, Equatable {
  /// Any text; the string says what it names.
  case text(String)
  case path(String)
  case choice([String])
  case flag
  case whole(ClosedRange<Int>, Unit)
  case number(ClosedRange<Double>, Unit)
  /// So many different whole numbers in a range.
  case wholes(ClosedRange<Int>, count: ClosedRange<Int>)
  case paths(String, count: ClosedRange<Int>)
  /// Permissions in octal.
  case mode

  /// What to give, for a person: `15 to 2000 ms`.
  public var expectation: String {
    switch self {
    case .text(let what), .path(let what): what
    case .choice(let names): listed(names)
    case .flag: "yes or no"
    case .whole(let range, let unit):
      "\(range.lowerBound) to \(unit.written(Double(range.upperBound)))"
    case .number(let range, let unit):
      "\(plain(range.lowerBound)) to \(unit.written(range.upperBound))"
    case .wholes(let range, let count):
      "a list of \(count.lowerBound) to \(count.upperBound) numbers from \(range.lowerBound) to "
        + "\(range.upperBound), such as [\(range.lowerBound)]"
    case .paths(let what, let count): "a list of up to \(count.upperBound) \(what)"
    case .mode: "three octal digits, such as 0660"
    }
  }

  var isList: Bool {
    switch self {
    case .wholes, .paths: true
    default: false
    }
  }

  /// The value as YAML that reads back as the same.
  func written(_ value: Value) -> String {
    switch (self, value) {
    case (_, .text(let text)): quotedIfNeeded(text)
    case (_, .flag(let flag)): flag ? "yes" : "no"
    case (.mode, .number(let number)): octal(Int(number))
    case (.whole(_, let unit), .number(let number)), (.number(_, let unit), .number(let number)):
      // A count of frames reads well enough without its unit.
      unit == .frames || unit == .hertz
        ? plain(number) : unit.written(number, spaced: false)
    case (_, .number(let number)): plain(number)
    case (_, .texts(let texts)): "[" + texts.map(quotedIfNeeded).joined(separator: ", ") + "]"
    case (_, .numbers(let numbers)): "[" + numbers.map(String.init).joined(separator: ", ") + "]"
    case (_, .word): ""
    }
  }
}

func octal(_ number: Int) -> String {
  let digits = String(number, radix: 8)
  return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

/// `a, b or c`.
func listed(_ names: [String]) -> String {
  guard let last = names.last, names.count > 1 else { return names.first ?? "" }
  return names.dropLast().joined(separator: ", ") + " or " + last
}

/// Text as a YAML scalar, in quotes where it would be read as something else without.
func quotedIfNeeded(_ text: String) -> String {
  let plainFirst = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/.")
  let plainRest = plainFirst.union("0123456789_-:,=%+@")
  let isPlain =
    text.first.map(plainFirst.contains) == true && text.allSatisfy(plainRest.contains)
    && !text.hasSuffix(":") && !text.contains(",")
    && !["null", "~"].contains(text.lowercased())
  if isPlain { return text }
  var quoted = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": quoted += "\\" + String(scalar)
    case _ where scalar.value < 32 || scalar.value == 127:
      quoted += "\\u" + String(0x10000 + scalar.value, radix: 16).dropFirst()
    default: quoted += String(scalar)
    }
  }
  return "\"" + quoted + "\""
}
