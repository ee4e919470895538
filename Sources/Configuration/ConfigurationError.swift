import AudioIO

/// Why a configuration cannot be used, as one line for a person: where, which key, what is wrong,
/// and the mend.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Whose mistake it is; `hushd` turns it into an exit code.
  public enum Kind: Sendable {
    case file, environment, commandLine
  }

  public let kind: Kind
  public let description: String

  init(_ kind: Kind, _ line: String) {
    self.kind = kind
    description = singleLine(line)
  }

  /// About a key's value.
  init(_ origin: Origin, _ key: String, _ problem: String, _ mend: String) {
    let kind: Kind =
      switch origin {
      case .file: .file
      case .environment: .environment
      case .option: .commandLine
      }
    self.init(kind, "\(origin.place(of: key)): \(problem); \(mend)")
  }
}
