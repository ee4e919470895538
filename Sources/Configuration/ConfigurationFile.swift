import AudioIO
import Glibc

/// The text of a configuration file.
enum ConfigurationFile {
  /// Far above any configuration; a recording given by mistake is not read whole.
  static let mostBytes = 256 << 10

  static func text(_ path: String) throws(ConfigurationError) -> String {
    let bytes = try read(path)
    if bytes.allSatisfy({ $0 == 32 || (9...13).contains($0) }) {
      throw ConfigurationError(
        .file, "\(path): is empty; put settings into it, or remove it to have the defaults")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let line = firstBadLine(bytes)
      throw ConfigurationError(
        .file, "\(path):\(line): is not text in UTF-8; save the file as UTF-8")
    }
    return text
  }

  private static func read(_ path: String) throws(ConfigurationError) -> [UInt8] {
    func problem(_ what: String, _ mend: String) -> ConfigurationError {
      ConfigurationError(.file, "\(path): \(what); \(mend)")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT, ENOTDIR:
        throw problem("no such file", "check its name, or leave it out to have the defaults")
      case EACCES: throw problem("may not be read", "check its permissions")
      default: throw problem("cannot be opened (\(String(cString: strerror(errno))))", "check it")
      }
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let n = Glibc.read(descriptor, &chunk, chunk.count)
      if n < 0, errno == EINTR { continue }
      if n < 0, errno == EISDIR { throw problem("is a directory", "name the file in it") }
      if n < 0 { throw problem("cannot be read (\(String(cString: strerror(errno))))", "check it") }
      if n == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<n])
      if bytes.count > mostBytes {
        throw problem(
          "is larger than \(mostBytes >> 10) KiB, too large for a configuration",
          "name the right file")
      }
    }
  }

  private static func firstBadLine(_ bytes: [UInt8]) -> Int {
    let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
    let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
    return (bad ?? 0) + 1
  }
}
