/// Why a model cannot be used, in one line: which file, which part of it, what was found there,
/// what was expected, and how to mend it.
public struct ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, or the name given for its bytes.
  public let file: String
  /// The metadata key or the tensor at fault; empty if it is the whole file.
  public let place: String
  public let found: String
  public let expected: String
  public let mend: String

  init(
    file: String, place: String = "", found: String, expected: String = "",
    mend: String = "export the model again"
  ) {
    self.file = file
    self.place = place
    self.found = found
    self.expected = expected
    self.mend = mend
  }

  public var description: String {
    var text = file
    if !place.isEmpty { text += ": \(place)" }
    text += ": \(found)"
    if !expected.isEmpty { text += ", expected \(expected)" }
    if !mend.isEmpty { text += "; \(mend)" }
    return printable(String(text.unicodeScalars.prefix(600)))
  }
}
