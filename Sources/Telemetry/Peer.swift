import Glibc

/// Who is at the other end of a Unix socket, as the kernel noted when it connected.
struct Peer: Equatable, Sendable {
  /// 0 where it is none of this process's namespace.
  var process: Int32
  var user: UInt32
  /// Its own group.
  var group: UInt32

  /// `SO_PEERCRED` and `SO_PEERGROUPS`, which Swift's view of glibc lacks.
  private static let credentials: Int32 = 17
  private static let supplementary: Int32 = 59

  init(process: Int32, user: UInt32, group: UInt32) {
    self.process = process
    self.user = user
    self.group = group
  }

  /// nil where the kernel does not say.
  init?(_ descriptor: Int32) {
    var found: (process: Int32, user: UInt32, group: UInt32) = (0, .max, .max)
    var length = socklen_t(MemoryLayout.size(ofValue: found))
    guard getsockopt(descriptor, SOL_SOCKET, Self.credentials, &found, &length) == 0 else {
      return nil
    }
    self.init(process: found.process, user: found.user, group: found.group)
  }

  /// Whether it may control: root, the daemon's own user, members of a group.
  ///
  /// - Parameter supplementary: the groups that it has besides its own.
  func mayControl(_ group: UInt32, supplementary: @autoclosure () -> [UInt32]) -> Bool {
    user == 0 || user == geteuid() || self.group == group || supplementary().contains(group)
  }

  /// The groups that the peer has besides its own.
  static func groups(_ descriptor: Int32) -> [UInt32] {
    var length: socklen_t = 0
    // Says how many there are.
    guard getsockopt(descriptor, SOL_SOCKET, supplementary, nil, &length) != 0, errno == ERANGE
    else { return [] }
    var groups = [UInt32](repeating: 0, count: Int(length) / 4)
    guard getsockopt(descriptor, SOL_SOCKET, supplementary, &groups, &length) == 0 else {
      return []
    }
    return Array(groups.prefix(Int(length) / 4))
  }
}
