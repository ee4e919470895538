import Glibc

/// Why a thread could not be made at all.
public struct ThreadError: Error, Equatable, CustomStringConvertible {
  /// The thread's name.
  public var name: String
  /// EAGAIN: too many threads; ENOMEM: no memory for the stack.
  public var errno: Int32

  public init(name: String, errno: Int32) {
    self.name = name
    self.errno = errno
  }

  public var description: String {
    "cannot start the thread \(name): \(String(cString: strerror(errno)))"
  }
}
