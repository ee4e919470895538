import Glibc

/// A listening Unix socket in the file system; it is there as long as this is.
final class UnixListener {
  let descriptor: Int32
  /// The group whose members may control.
  let group: gid_t
  private let path: String
  private let identity: (device: dev_t, inode: ino_t)

  /// Clients that wait to be accepted; the kernel may allow fewer (net.core.somaxconn). Many, since
  /// a client that finds no place is refused by the kernel, whoever took the places.
  private static let backlog: Int32 = 4096

  /// Opens the socket in place of a stale one, making its directory if need be.
  ///
  /// - Throws: in one line what is in the way, such as another daemon that answers there.
  init(_ endpoint: Endpoint) throws(TelemetryError) {
    path = endpoint.path
    guard let address = UnixAddress(path) else {
      throw TelemetryError("control.socket: \(path) is no path for a socket; give one of 107 bytes")
    }
    group = try Self.number(ofGroup: endpoint.group)
    try Self.makeDirectory(for: path)
    try Self.clear(path, address)
    let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Self.flags, 0)
    guard made >= 0 else { throw Self.failure(path, "no socket can be made") }
    // Whoever comes before permissions are as they should be is refused: nobody listens yet.
    guard address.with({ bind(made, $0, $1) }) == 0 else {
      let error = Self.failure(path, "cannot be made")
      close(made)
      throw error
    }
    do {
      identity = try Self.open(made, endpoint, group)
    } catch {
      unlink(path)
      close(made)
      throw error
    }
    descriptor = made
  }

  deinit {
    close(descriptor)
    // Another may have come in its place meanwhile.
    var place = stat()
    if lstat(path, &place) == 0, (place.st_dev, place.st_ino) == identity { unlink(path) }
  }

  static let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)

  private static func open(
    _ descriptor: Int32, _ endpoint: Endpoint, _ group: gid_t
  ) throws(TelemetryError) -> (dev_t, ino_t) {
    let path = endpoint.path
    if endpoint.group != nil, chown(path, .max, group) != 0 {
      throw TelemetryError(
        "control.group: \(path) cannot be given to the group \(endpoint.group ?? ""): "
          + "\(reason()); run hushd as a member of it (SupplementaryGroups=), or choose another")
    }
    guard chmod(path, endpoint.mode) == 0 else {
      throw failure(path, "its permissions cannot be set")
    }
    var place = stat()
    guard lstat(path, &place) == 0, listen(descriptor, backlog) == 0 else {
      throw failure(path, "nobody can listen there")
    }
    return (place.st_dev, place.st_ino)
  }

  /// Takes away a socket that nobody answers on.
  private static func clear(_ path: String, _ address: UnixAddress) throws(TelemetryError) {
    var place = stat()
    guard lstat(path, &place) == 0 else { return }
    guard place.st_mode & S_IFMT == S_IFSOCK else {
      throw TelemetryError(
        "control.socket: \(path) is there already and is no socket; remove it, or choose another")
    }
    let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | flags, 0)
    guard probe >= 0 else { throw failure(path, "no socket can be made") }
    defer { close(probe) }
    let isRefused = address.with { connect(probe, $0, $1) } != 0 && errno == ECONNREFUSED
    guard isRefused else {
      throw TelemetryError(
        "control.socket: another program answers on \(path); stop it, or choose another path")
    }
    guard unlink(path) == 0 || errno == ENOENT else {
      throw failure(path, "the stale socket cannot be removed")
    }
  }

  private static func makeDirectory(for path: String) throws(TelemetryError) {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
    let directory = String(path[..<slash])
    guard access(directory, F_OK) != 0 else { return }
    guard mkdir(directory, 0o755) == 0 || errno == EEXIST else {
      throw TelemetryError(
        "control.socket: the directory \(directory) cannot be made: \(reason()); make it "
          + "(RuntimeDirectory= under systemd), or choose another path")
    }
  }

  private static func number(ofGroup name: String?) throws(TelemetryError) -> gid_t {
    guard let name else { return getegid() }
    if let number = gid_t(name) { return number }
    var entry = Glibc.group()
    var found: UnsafeMutablePointer<Glibc.group>?
    var space = [CChar](repeating: 0, count: 1 << 16)
    let failure = getgrnam_r(name, &entry, &space, space.count, &found)
    guard failure == 0, found != nil else {
      throw TelemetryError(
        "control.group: there is no group '\(name)'; make it (groupadd \(name)), or choose another")
    }
    return entry.gr_gid
  }

  private static func failure(_ path: String, _ what: String) -> TelemetryError {
    TelemetryError("control.socket: \(path): \(what): \(reason())")
  }

  private static func reason() -> String { String(cString: strerror(errno)).lowercased() }
}

/// The address of a Unix socket.
struct UnixAddress {
  private var address = sockaddr_un()

  /// nil where the path is empty or longer than 107 bytes.
  init?(_ path: String) {
    let bytes = Array(path.utf8)
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
      guard !bytes.isEmpty, bytes.count < room.count, !bytes.contains(0) else { return false }
      room.copyBytes(from: bytes)
      return true
    }
    guard fits else { return nil }
  }

  func with(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = address
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
