import AudioIO
import Glibc

/// Tells the service manager how the daemon is: systemd's notification protocol, which is a
/// datagram of `NAME=value` lines to the Unix socket in `NOTIFY_SOCKET`.
protocol Notifying: Sendable {
  func send(_ notes: [Note])
}

/// What can be told.
enum Note: Equatable {
  case ready
  /// The configuration is being read anew; `monotonic`: nanoseconds.
  case reloading(monotonic: UInt64)
  case stopping
  case watchdog
  case status(String)

  var lines: String {
    switch self {
    case .ready: "READY=1"
    case .reloading(let monotonic): "RELOADING=1\nMONOTONIC_USEC=\(monotonic / 1000)"
    case .stopping: "STOPPING=1"
    case .watchdog: "WATCHDOG=1"
    case .status(let text): "STATUS=\(singleLine(String(text.prefix(400))))"
    }
  }
}

/// Nobody wants to know.
struct NoNotifier: Notifying {
  func send(_ notes: [Note]) {}
}

final class Notifier: Notifying {
  private let descriptor: Int32
  private let address: sockaddr_un
  private let length: socklen_t

  /// nil where the name cannot be a Unix socket's. A name that begins with @ is an abstract one.
  init?(socket name: String) {
    let bytes = Array(name.utf8)
    guard let first = bytes.first, first == UInt8(ascii: "@") || first == UInt8(ascii: "/"),
      bytes.count > 1
    else { return nil }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let isAbstract = first == UInt8(ascii: "@")
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { path in
      // A path needs its zero byte, an abstract name has none.
      guard bytes.count < path.count || (isAbstract && bytes.count == path.count) else {
        return false
      }
      path.copyBytes(from: bytes)
      if isAbstract { path[0] = 0 }
      return true
    }
    guard fits else { return nil }
    self.address = address
    length = socklen_t(
      MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + bytes.count + (isAbstract ? 0 : 1))
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    // A manager that reads nothing must not hold up the daemon for long.
    var limit = timeval(tv_sec: 2, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  func send(_ notes: [Note]) {
    let bytes = Array(notes.map(\.lines).joined(separator: "\n").utf8)
    var address = address
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        while sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), pointer, length)
          < 0, errno == EINTR
        {}
      }
    }
  }
}
