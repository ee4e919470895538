import Glibc

extension Model {
  /// Reads a model file. Files over 256 MiB are refused.
  public init(path: String) throws(ModelError) {
    try self.init(bytes: Self.read(path), name: path)
  }

  private static func read(_ path: String) throws(ModelError) -> [UInt8] {
    func problem(_ found: String) -> ModelError {
      ModelError(file: path, found: found, mend: "check the path given for the model")
    }
    guard let file = fopen(path, "rb") else {
      throw problem("cannot be opened: \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    // Read piece by piece, as what is no plain file has no size to trust.
    let most = 256 << 20
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&piece, 1, piece.count, file)
      if count == 0 { break }
      bytes.append(contentsOf: piece[..<count])
      if bytes.count > most { throw problem("more than \(most) bytes") }
    }
    if ferror(file) != 0 {
      throw problem("cannot be read: \(String(cString: strerror(errno)))")
    }
    return bytes
  }
}
