/// Writes JSON text, in the order in which it is told.
struct JSONWriter {
  private(set) var text = ""
  private var isFirst = true

  mutating func object(_ body: (inout JSONWriter) -> Void) { nest("{", "}", body) }

  mutating func array(_ body: (inout JSONWriter) -> Void) { nest("[", "]", body) }

  /// Members of an object.
  mutating func object(_ name: String, _ body: (inout JSONWriter) -> Void) {
    key(name)
    nest("{", "}", body)
  }

  mutating func array(_ name: String, _ body: (inout JSONWriter) -> Void) {
    key(name)
    nest("[", "]", body)
  }

  mutating func set(_ name: String, _ value: String?) {
    key(name)
    if let value { quote(value) } else { text += "null" }
  }

  mutating func set(_ name: String, _ value: Bool) {
    key(name)
    text += value ? "true" : "false"
  }

  mutating func set(_ name: String, _ value: (some BinaryInteger)?) {
    key(name)
    if let value { text += "\(value)" } else { text += "null" }
  }

  /// To three decimals; what is no number is null.
  mutating func set(_ name: String, _ value: Double?) {
    key(name)
    number(value)
  }

  /// Elements of an array.
  mutating func add(_ value: String) {
    comma()
    quote(value)
  }

  mutating func add(_ value: Double) {
    comma()
    number(value)
  }

  mutating func add(_ value: some BinaryInteger) {
    comma()
    text += "\(value)"
  }

  private mutating func nest(
    _ open: String, _ close: String, _ body: (inout JSONWriter) -> Void
  ) {
    if text.last != ":" { comma() }
    text += open
    isFirst = true
    body(&self)
    text += close
    isFirst = false
  }

  private mutating func key(_ name: String) {
    comma()
    quote(name)
    text += ":"
  }

  private mutating func comma() {
    if !isFirst { text += "," }
    isFirst = false
  }

  private mutating func number(_ value: Double?) {
    guard let value, value.isFinite else {
      text += "null"
      return
    }
    let rounded = (value * 1000).rounded() / 1000
    if abs(rounded) < 1e15, let whole = Int64(exactly: rounded) {
      text += "\(whole)"
    } else {
      text += "\(rounded)"
    }
  }

  private mutating func quote(_ string: String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case _ where scalar.value < 32 || scalar.value == 127:
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
