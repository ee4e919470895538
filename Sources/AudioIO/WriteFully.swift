import Glibc

/// Writes all bytes, in as many calls as it takes.
///
/// A descriptor that would block is waited for, but no longer than a second at a time: what nobody
/// reads any more must not hold up the rest. The process must ignore `SIGPIPE` to be told of it.
///
/// - Returns: nil, or the `errno` that ended it; what was written before stays written.
public func writeFully(_ descriptor: Int32, _ text: String) -> Int32? {
  let bytes = Array(text.utf8)
  var done = 0
  while done < bytes.count {
    let n = bytes.withUnsafeBytes {
      write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done)
    }
    if n > 0 {
      done += n
    } else if n == 0 {
      return EIO
    } else if errno == EAGAIN {
      var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      if poll(&entry, 1, 1000) == 0 { return EAGAIN }
    } else if errno != EINTR {
      return errno
    }
  }
  return nil
}
