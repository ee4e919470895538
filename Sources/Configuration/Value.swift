/// What a key is set to.
public enum Value: Equatable, Sendable {
  /// The key's special word, such as `auto`.
  case word
  case text(String)
  /// In the key's unit.
  case number(Double)
  case flag(Bool)
  case texts([String])
  case numbers([Int])
}

/// A value as it was written, before its key says what it has to be.
enum Raw: Equatable {
  case scalar(String)
  case list([String])
  /// Something that no key takes, in words.
  case other(String)
  case nothing
}
