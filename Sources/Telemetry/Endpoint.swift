/// Where the socket is and who may use it.
public struct Endpoint: Equatable, Sendable {
  /// A path from the root, at most 107 bytes.
  public var path: String
  /// Permissions, as of a file.
  public var mode: UInt32
  /// The group it is given to, by name or number; nil: the process's own.
  public var group: String?

  public init(path: String, mode: UInt32 = 0o660, group: String? = nil) {
    self.path = path
    self.mode = mode
    self.group = group
  }
}
