import Glibc

/// Why a sound file could not be read or written, as one line for a person: the file, what is
/// wrong with it, and where there is one, the mend.
public struct SoundFileError: Error, CustomStringConvertible, Sendable, Equatable {
  /// What kind of trouble it is; the command line turns it into an exit code.
  public enum Kind: Sendable {
    /// The input is missing, is a directory, or may not be read.
    case noInput
    /// The input is there, but is not sound that can be used.
    case badData
    /// The output's format cannot hold what is asked of it.
    case badRequest
    /// The output may not or cannot be made.
    case cannotCreate
    /// Reading or writing failed half-way: a full disk, a broken device.
    case io
    /// The reader of the pipe on standard output went away.
    case brokenPipe
  }

  public let kind: Kind
  /// The file, as the caller named it; `-` is standard input or output.
  public let path: String
  /// What is wrong, and the mend; no file name, one line.
  public let message: String

  public init(_ kind: Kind, path: String, _ message: String) {
    self.kind = kind
    self.path = path
    self.message = message
  }

  public var description: String { singleLine("\(path): \(message)") }
}

/// `text` with every control character made `?`: a file name may hold a line feed or an escape
/// sequence, and an error is one line.
public func singleLine(_ text: String) -> String {
  String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : $0 }))
}

/// The system's words for an error number.
func systemMessage(_ number: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  return buffer.withUnsafeMutableBufferPointer { buffer in
    guard let base = buffer.baseAddress else { return "error \(number)" }
    _ = strerror_r(number, base, buffer.count)
    let text = String(cString: base)
    return text.isEmpty ? "error \(number)" : text.prefix(1).lowercased() + text.dropFirst()
  }
}
