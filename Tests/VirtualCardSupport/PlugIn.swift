import Glibc

/// The virtual card's plug-in, compiled once for each state of its source.
enum PlugIn {
  /// Where the shared library is.
  static let path: String = {
    let source = folder(of: #filePath) + "/../VirtualCard/vcard.c"
    guard let text = bytes(source) else { preconditionFailure("\(source) is missing") }
    // FNV-1a: a name for what is compiled.
    let hash = text.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let place = "\(temporaryFolder)/hush-vcard-\(getuid())"
    mkdir(place, 0o700)
    let library = "\(place)/libasound_module_pcm_vcard-\(String(hash, radix: 36)).so"
    if access(library, R_OK) == 0 { return library }
    // Another process may be doing the same: the last one to finish puts its own in place.
    let draft = "\(library).\(getpid())"
    let compile = "cc -std=gnu11 -O2 -shared -fPIC -DPIC -o '\(draft)' '\(source)' -lasound -lm"
    precondition(system(compile) == 0, "cannot compile the virtual card: \(compile)")
    precondition(rename(draft, library) == 0)
    return library
  }()

  static var temporaryFolder: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

  private static func folder(of path: String) -> String {
    String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }

  static func bytes(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var information = stat()
    fstat(descriptor, &information)
    let size = Int(information.st_size)
    guard size > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let n = read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
        if n <= 0 { break }
        count += n
      }
    }
  }

  /// Puts samples into a new file at `path`; who has mapped the old one keeps that.
  static func write(_ samples: [Float], to path: String) {
    let draft = "\(path).new"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    precondition(descriptor >= 0, "cannot make \(path)")
    defer { close(descriptor) }
    samples.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let n = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
        precondition(n > 0, "cannot write \(path)")
        done += n
      }
    }
    precondition(rename(draft, path) == 0)
  }
}
