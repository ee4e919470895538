import Glibc

/// A connection to a Unix socket that waits for nothing longer than it is told.
struct UnixConnection: ~Copyable {
  /// Why it is not to be had, or broke.
  enum Trouble: Error, Equatable {
    /// The system's number of the error.
    case system(Int32)
    case timeout
    case nameTooLong
  }

  private let descriptor: Int32

  /// - Parameters:
  ///   - path: the socket's.
  ///   - deadline: on the clock of `now()`.
  init(_ path: String, deadline: Double) throws(Trouble) {
    descriptor = try Self.connected(path, deadline)
  }

  deinit { close(descriptor) }

  private static func connected(_ path: String, _ deadline: Double) throws(Trouble) -> Int32 {
    var address = sockaddr_un()
    let room = MemoryLayout.size(ofValue: address.sun_path)
    // A 0 in the name would cut it short.
    guard path.utf8.count < room, !path.utf8.contains(0) else { throw .nameTooLong }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let made = socket(AF_UNIX, type | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard made >= 0 else { throw .system(errno) }
    while true {
      let result = withUnsafePointer(to: address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(made, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      if result == 0 { return made }
      let number = errno
      // A Unix socket with a long queue says EAGAIN, and no poll tells when it is short again.
      guard number == EAGAIN || number == EINTR, now() < deadline else {
        close(made)
        throw number == EAGAIN || number == EINTR ? .timeout : .system(number)
      }
      usleep(10_000)
    }
  }

  func send(_ bytes: [UInt8], deadline: Double) throws(Trouble) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(
          descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        done += count
      } else if errno == EAGAIN {
        try wait(Int16(POLLOUT), deadline)
      } else if errno != EINTR {
        throw .system(errno)
      }
    }
  }

  /// Some bytes; none at the end.
  func receive(deadline: Double) throws(Trouble) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = recv(descriptor, &bytes, bytes.count, 0)
      if count >= 0 { return Array(bytes[..<count]) }
      if errno == EAGAIN {
        try wait(Int16(POLLIN), deadline)
      } else if errno != EINTR {
        throw .system(errno)
      }
    }
  }

  private func wait(_ events: Int16, _ deadline: Double) throws(Trouble) {
    while true {
      let left = deadline - now()
      guard left > 0 else { throw .timeout }
      var entry = pollfd(fd: descriptor, events: events, revents: 0)
      let result = poll(&entry, 1, Int32(min(left * 1000 + 1, 60_000)))
      if result > 0 { return }
      if result < 0, errno != EINTR { throw .system(errno) }
    }
  }
}
