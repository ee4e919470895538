import Glibc

/// Who is at the other end of a Unix socket, as the kernel noted when it connected.
struct Peer: Equatable, Sendable {
  /// 0 where it is none of this process's namespace.
  var process: Int32
  var user: UInt32
  /// Its own group and the supplementary ones.
  var groups: [UInt32]

  /// `SO_PEERCRED` and `SO_PEERGROUPS`, which Swift's view of glibc lacks.
  private static let credentials: Int32 = 17
  private static let supplementary: Int32 = 59

  init(process: Int32, user: UInt32, groups: [UInt32]) {
    self.process = process
    self.user = user
    self.groups = groups
  }

  /// nil where the kernel does not say.
  init?(_ descriptor: Int32) {
    var found: (process: Int32, user: UInt32, group: UInt32) = (0, .max, .max)
    var length = socklen_t(MemoryLayout.size(ofValue: found))
    guard getsockopt(descriptor, SOL_SOCKET, Self.credentials, &found, &length) == 0 else {
      return nil
    }
    self.init(
      process: found.process, user: found.user, groups: [found.group] + Self.groups(descriptor))
  }

  /// Whether it may control: root, the daemon's own user, members of the socket's group.
  func mayControl(_ group: UInt32) -> Bool {
    user == 0 || user == geteuid() || groups.contains(group)
  }

  private static func groups(_ descriptor: Int32) -> [UInt32] {
    // As many as a process can have.
    var groups = [UInt32](repeating: 0, count: 65_536)
    var length = socklen_t(groups.count * 4)
    guard getsockopt(descriptor, SOL_SOCKET, supplementary, &groups, &length) == 0 else {
      return []
    }
    return Array(groups.prefix(Int(length) / 4))
  }
}
