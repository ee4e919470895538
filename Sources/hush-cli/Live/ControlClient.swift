import AudioIO
import FoundationEssentials
import Glibc

/// Speaks with `hushd` over its socket.
struct ControlClient: Sendable {
  static let usualPath = "/run/hushd/control.sock"

  let path: String
  /// Seconds an answer may take.
  var patience = 5.0

  /// The body of a good answer.
  ///
  /// - Parameter body: JSON; nil: a GET.
  func request(_ target: String, body: String? = nil) throws(Failure) -> [UInt8] {
    let deadline = now() + patience
    var reader = ResponseReader()
    do {
      let connection = try UnixConnection(path, deadline: deadline)
      try connection.send(Self.request(target, body), deadline: deadline)
      while !reader.isComplete {
        let bytes = try connection.receive(deadline: deadline)
        if bytes.isEmpty { try reader.end() } else { try reader.feed(bytes) }
      }
    } catch {
      throw failure(error)
    }
    try check(reader.status, reader.body)
    return reader.body
  }

  /// The lines of an answer without end, as they come.
  ///
  /// - Parameters:
  ///   - silence: seconds without a byte after which the other end counts as dead.
  ///   - body: called for each line; false: enough.
  /// - Throws: also when the other end closes.
  func lines(_ target: String, silence: Double, _ body: (String) -> Bool) throws(Failure) {
    var reader = ResponseReader()
    var line: [UInt8] = []
    do {
      let connection = try UnixConnection(path, deadline: now() + patience)
      try connection.send(Self.request(target, nil), deadline: now() + patience)
      while !reader.isComplete {
        let bytes = try connection.receive(
          deadline: now() + (reader.status == 0 ? patience : silence))
        if bytes.isEmpty {
          if reader.status == 200 { throw UnixConnection.Trouble.system(ECONNRESET) }
          try reader.end()
        } else {
          try reader.feed(bytes)
        }
        guard reader.status == 200 else { continue }
        for byte in reader.takeBody() {
          if byte != 10 {
            guard line.count < 65_536 else {
              throw ResponseReader.Nonsense(words: "a line without end")
            }
            line.append(byte)
          } else {
            if !body(String(decoding: line, as: UTF8.self)) { return }
            line.removeAll(keepingCapacity: true)
          }
        }
      }
    } catch {
      throw reader.status == 200 && !(error is ResponseReader.Nonsense)
        ? Failure(.unavailable, "\(path): hushd is gone") : failure(error)
    }
    try check(reader.status, reader.body)
    throw Failure(.unavailable, "\(path): hushd has ended")
  }

  private static func request(_ target: String, _ body: String?) -> [UInt8] {
    var text = "\(body == nil ? "GET" : "PUT") \(target) HTTP/1.1\r\nHost: hushd\r\n"
    if let body {
      text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
    }
    return Array((text + "Connection: close\r\n\r\n" + (body ?? "")).utf8)
  }

  /// A status code that is no success, with the line the daemon gave.
  private func check(_ status: Int, _ body: [UInt8]) throws(Failure) {
    guard status != 200 else { return }
    struct Complaint: Decodable {
      let error: String
    }
    let told = try? JSONDecoder().decode(Complaint.self, from: Data(body)).error
    let line = "hushd: " + (told.map { String($0.prefix(400)) } ?? "status \(status)")
    switch status {
    case 400: throw Failure(.usage, line)
    case 403: throw Failure(.noPermission, line)
    case 422: throw Failure(.badData, line)
    case 408, 500, 503: throw Failure(.unavailable, line)
    case 404, 405:
      throw Failure(.badAnswer, "\(path): \(line); is it a hushd of another version?")
    default: throw Failure(.badAnswer, "\(path): \(line)")
    }
  }

  private func failure(_ error: any Error) -> Failure {
    switch error {
    case UnixConnection.Trouble.system(let number):
      switch number {
      case ENOENT, ECONNREFUSED, ENOTDIR:
        return Failure(
          .unavailable,
          "\(path): no hushd is there; start it (systemctl start hushd), or name its socket with "
            + "--socket")
      case EACCES, EPERM: return Failure(.noPermission, "\(path): " + Self.entrance(path))
      case ECONNRESET, EPIPE: return Failure(.unavailable, "\(path): hushd hung up; try again")
      case EPROTOTYPE:
        return Failure(.badAnswer, "\(path): this is another program's socket, not hushd's")
      default:
        return Failure(.unavailable, "\(path): \(String(cString: strerror(number)).lowercased())")
      }
    case UnixConnection.Trouble.timeout:
      return Failure(
        .unavailable, "\(path): no answer within \(decimals(patience, 0)) s; is hushd stopped?")
    case UnixConnection.Trouble.nameTooLong:
      return Failure(
        .usage, "\(path): is too long for a socket's name, which has 107 bytes at most")
    case let nonsense as ResponseReader.Nonsense:
      return Failure(.badAnswer, "\(path): \(nonsense.words); this is not a hushd")
    default: return Failure(any: error)
    }
  }

  /// How to be let in to a socket.
  private static func entrance(_ path: String) -> String {
    var place = stat()
    if stat(path, &place) == 0, place.st_gid != 0, let entry = getgrgid(place.st_gid) {
      let group = String(cString: entry.pointee.gr_name)
      return "not for this user; join its group (sudo usermod -aG \(group) $USER), or use sudo"
    }
    return "not for this user; use sudo, or set control.group in hushd's configuration"
  }
}
