/// One thing that can be configured, as data: parsing, validation, error text, the annotated
/// example and the manual all come from this.
public struct Key: Sendable {
  /// A word that stands for something no plain value says.
  public struct Word: Sendable {
    public let text: String
    /// What it stands for, to be read after "or leave it out for".
    public let meaning: String

    init(_ text: String, _ meaning: String) {
      self.text = text
      self.meaning = meaning
    }
  }

  /// With its groups: `output.rotate.seconds`.
  public let name: String
  public let kind: Kind
  public let word: Word?
  /// As it would be written in a file.
  public let defaultText: String
  /// What it does, in a sentence or two.
  public let description: String
  /// The values of its section's `type` that it goes with; empty for all.
  public let types: [String]
  /// Whether a reload (SIGHUP) can change it without a restart.
  public let isLive: Bool

  init(
    _ name: String, _ kind: Kind, default defaultText: String, word: Word? = nil,
    types: [String] = [], live: Bool = false, _ description: String
  ) {
    self.name = name
    self.kind = kind
    self.word = word
    self.defaultText = defaultText
    self.description = description
    self.types = types
    isLive = live
  }

  /// The first part of its name.
  public var section: String { String(name.prefix { $0 != "." }) }

  /// The environment variable that overrides it: `HUSHD_CAPTURE_DEVICE`.
  public var variable: String {
    "HUSHD_" + name.uppercased().replacing(".", with: "_")
  }

  /// What it is when nobody says anything.
  var defaultValue: Value {
    let raw: Raw = kind.isList ? listItems(defaultText) : .scalar(defaultText)
    guard let value = try? parse(raw) else {
      preconditionFailure("\(name): its own default cannot be read")
    }
    return value
  }

  func parse(_ raw: Raw) throws(Complaint) -> Value {
    if let word, raw == .scalar(word.text) || raw == .list([word.text]) { return .word }
    if let word, case .scalar(let text) = raw, text.lowercased() == word.text { return .word }
    return try kind.parse(raw)
  }

  /// What is right instead, to be read after a semicolon.
  var mend: String {
    let isDefaultWord = word?.text == defaultText
    let orWord = word.map { isDefaultWord ? "" : " or \($0.text)" } ?? ""
    let without = isDefaultWord ? word?.meaning ?? "" : defaultText
    return "give \(kind.expectation)\(orWord), or leave it out for \(without)"
  }

  /// A value of it as YAML.
  public func written(_ value: Value) -> String {
    value == .word ? word?.text ?? "" : kind.written(value)
  }
}

/// The items of a list on a command line or in a variable: `0,1` or `[0, 1]`.
func listItems(_ text: String) -> Raw {
  var inner = trim(text)[...]
  if inner.hasPrefix("["), inner.hasSuffix("]") { inner = inner.dropFirst().dropLast() }
  if trim(String(inner)).isEmpty { return .list([]) }
  return .list(
    inner.split(separator: ",", omittingEmptySubsequences: false).map { trim(String($0)) })
}
