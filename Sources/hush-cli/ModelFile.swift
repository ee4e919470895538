import Glibc
import S5

/// Reads a model: one built in, by its name, or a file, by its path.
enum ModelFile {
  /// Far above any model; a film given by mistake is not read whole.
  private static let mostBytes = 256 << 20

  static func load(_ path: String) throws(Failure) -> Model {
    if ModelFamily.isName(path) {
      do throws(ModelError) { return try Model.builtIn(named: path) } catch {
        throw Failure(.noInput, error.description)
      }
    }
    let bytes = try read(path)
    do throws(ModelError) {
      return try Model(bytes: bytes, name: path)
    } catch {
      throw Failure(.badData, error.description)
    }
  }

  private static func read(_ path: String) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Failure(.noInput, "\(path): the model cannot be opened; check its name and permissions")
    }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT != S_IFDIR else {
      throw Failure(.noInput, "\(path): is a directory; name the model file in it")
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let n = Glibc.read(descriptor, &chunk, chunk.count)
      if n < 0 && errno == EINTR { continue }
      if n < 0 { throw Failure(.io, "\(path): the model cannot be read") }
      if n == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<n])
      if bytes.count > mostBytes {
        throw Failure(.badData, "\(path): is too large for a model; name a model file")
      }
    }
  }
}
