import Glibc

/// A client that waits for answers, ten seconds at most.
final class Client {
  struct Answer {
    var status = 0
    var head = ""
    var body = ""
  }

  let descriptor: Int32

  init?(_ path: String) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let isThere = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    if !isThere { return nil }
  }

  deinit { close(descriptor) }

  @discardableResult
  func send(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  /// What comes until the other end closes, `enough` says so, or nothing comes for ten seconds.
  func read(until enough: ((String) -> Bool)? = nil) -> String {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &block, block.count, 0)
      if count <= 0 { break }
      bytes += block[..<count]
      if let enough, enough(String(decoding: bytes, as: UTF8.self)) { break }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// One request on a connection of its own.
  static func ask(
    _ path: String, _ method: String, _ target: String, body: String? = nil
  ) -> Answer? {
    guard let client = Client(path) else { return nil }
    var text = "\(method) \(target) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
    if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
    client.send(text + "\r\n" + (body ?? ""))
    return answer(client.read())
  }

  static func answer(_ text: String) -> Answer? {
    guard let end = text.range(ofText: "\r\n\r\n") else { return nil }
    var answer = Answer(head: String(text[..<end.lowerBound]))
    answer.status = Int(answer.head.split(separator: " ").dropFirst().first ?? "") ?? 0
    answer.body = String(text[end.upperBound...])
    if answer.head.contains("Transfer-Encoding: chunked") {
      answer.body = unchunked(answer.body)
    }
    return answer
  }

  /// The content of chunks; what is not whole is left out.
  static func unchunked(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var place = 0
    var content: [UInt8] = []
    while let feed = bytes[place...].firstIndex(of: 10) {
      let length = String(decoding: bytes[place..<feed - 1], as: UTF8.self)
      guard let count = Int(length, radix: 16), count > 0, feed + 1 + count + 2 <= bytes.count
      else { break }
      content += bytes[feed + 1..<feed + 1 + count]
      place = feed + 1 + count + 2
    }
    return String(decoding: content, as: UTF8.self)
  }
}

extension String {
  func range(ofText text: String) -> Range<String.Index>? {
    firstRange(of: text)
  }
}
