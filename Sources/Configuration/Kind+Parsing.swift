/// What is wrong with a value; the mend where it is not just "give what the key takes".
struct Complaint: Error, Equatable {
  let problem: String
  var mend: String?
}

extension Kind {
  /// The value that was meant.
  func parse(_ raw: Raw) throws(Complaint) -> Value {
    switch raw {
    case .nothing: throw Complaint(problem: "has no value")
    case .other(let what): throw Complaint(problem: "is \(what)")
    case .list(let items):
      guard isList else { throw Complaint(problem: "is a list, and one value is wanted") }
      return try list(items)
    case .scalar(let text):
      // One item needs no brackets.
      return isList ? try list([text]) : try scalar(text)
    }
  }

  private func scalar(_ text: String) throws(Complaint) -> Value {
    switch self {
    case .text, .path:
      guard !text.isEmpty else { throw Complaint(problem: "is empty") }
      guard !text.contains("\0") else { throw Complaint(problem: "holds a zero byte") }
      return .text(text)
    case .choice(let names):
      let lower = text.lowercased()
      guard names.contains(lower) else {
        let near = nearest(to: lower, in: names)
        throw Complaint(
          problem: "\(quoted(text)) is unknown", mend: near.map { "did you mean \($0)?" })
      }
      return .text(lower)
    case .flag:
      switch text.lowercased() {
      case "yes", "true", "on": return .flag(true)
      case "no", "false", "off": return .flag(false)
      default: throw Complaint(problem: "\(quoted(text)) is neither yes nor no")
      }
    case .whole(let range, let unit):
      let number = try quantity(text, unit)
      guard number == number.rounded() else {
        throw Complaint(problem: "\(unit.written(number)) is not whole")
      }
      try check(
        number, Double(range.lowerBound)...Double(range.upperBound), unit)
      return .number(number)
    case .number(let range, let unit):
      let number = try quantity(text, unit)
      try check(number, range, unit)
      return .number(number)
    case .mode:
      guard (3...4).contains(text.count), let mode = Int(text, radix: 8), (0...0o777).contains(mode)
      else { throw Complaint(problem: "\(quoted(text)) is no set of permissions") }
      return .number(Double(mode))
    case .wholes, .paths: return try list([text])
    }
  }

  private func list(_ items: [String]) throws(Complaint) -> Value {
    switch self {
    case .wholes(let range, let count):
      var numbers: [Int] = []
      for item in items {
        let number = try quantity(item, .none)
        try check(number, Double(range.lowerBound)...Double(range.upperBound), .none)
        guard number == number.rounded() else {
          throw Complaint(problem: "\(plain(number)) is not whole")
        }
        guard !numbers.contains(Int(number)) else {
          throw Complaint(problem: "\(plain(number)) stands twice in the list")
        }
        numbers.append(Int(number))
      }
      try check(count: numbers.count, count)
      return .numbers(numbers)
    case .paths(_, let count):
      guard !items.contains("") else { throw Complaint(problem: "holds an empty name") }
      try check(count: items.count, count)
      return .texts(items)
    default: throw Complaint(problem: "is a list, and one value is wanted")
    }
  }

  private func check(_ number: Double, _ range: ClosedRange<Double>, _ unit: Unit)
    throws(Complaint)
  {
    guard range.contains(number) else {
      throw Complaint(problem: "\(unit.written(number)) is out of range")
    }
  }

  private func check(count: Int, _ range: ClosedRange<Int>) throws(Complaint) {
    guard range.contains(count) else {
      throw Complaint(problem: "the list has \(count) items")
    }
  }

  /// A number with an optional unit, in the plain unit.
  private func quantity(_ text: String, _ unit: Unit) throws(Complaint) -> Double {
    let trimmed = trim(text)
    let digits = trimmed.prefix { $0.isASCII && ($0.isNumber || "+-.".contains($0)) }
    let suffix = trim(String(trimmed.dropFirst(digits.count)))
    guard let number = Double(digits), number.isFinite else {
      throw Complaint(problem: "\(quoted(text)) is not a number")
    }
    if suffix.isEmpty { return number }
    let wanted = suffix.lowercased()
    if let factor = unit.factors.first(where: { $0.name.lowercased() == wanted })?.factor {
      // 48 kHz is 48000 and 35000 us are 35 ms, not a hair beside.
      let scaled = number * factor
      let rounded = (scaled * 1e6).rounded() / 1e6
      return rounded
    }
    if unit.factors.isEmpty { throw Complaint(problem: "\(quoted(text)) is not a plain number") }
    throw Complaint(
      problem: "\(quoted(suffix)) in \(quoted(text)) is not a unit that is known here",
      mend: "give \(expectation); units are \(listed(unit.factors.map(\.name)))")
  }
}

/// What was written, short enough for one line.
func quoted(_ text: String) -> String {
  "'" + (text.count > 60 ? text.prefix(57) + "..." : text[...]) + "'"
}

/// Without blanks at either end.
func trim(_ text: String) -> String {
  let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
  let front = text.drop(while: blank)
  return String(front.reversed().drop(while: blank).reversed())
}
