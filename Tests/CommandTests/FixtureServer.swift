import Foundation
import Synchronization
import Testing

/// A stand-in for `hushd`: a Unix socket that answers as it is told.
final class FixtureServer: @unchecked Sendable {
  let path: String
  private let listener: Int32
  private let answer: @Sendable (Request) -> [UInt8]
  private let state = Mutex<(requests: [Request], isOver: Bool)>(([], false))

  struct Request: Sendable {
    var line = ""
    var body = ""
  }

  /// - Parameters:
  ///   - path: nil: a new one.
  ///   - answer: the bytes to send; then the connection is closed.
  init(path: String? = nil, _ answer: @escaping @Sendable (Request) -> [UInt8]) throws {
    self.path = path ?? NSTemporaryDirectory() + "hush-\(UUID().uuidString.prefix(8)).sock"
    self.answer = answer
    listener = socket(
      AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = self.path
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8) }
    let bound = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0 && listen(listener, 64) == 0, "\(self.path)")
    Thread.detachNewThread { [self] in serve() }
  }

  /// Answers with a status.
  convenience init(_ fixture: StatusFixture, path: String? = nil) throws {
    try self.init(path: path) { _ in FixtureServer.http(200, fixture.json) }
  }

  deinit { stop() }

  func stop() {
    let wasOver = state.withLock { state in
      defer { state.isOver = true }
      return state.isOver
    }
    guard !wasOver else { return }
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    unlink(path)
  }

  var requests: [Request] { state.withLock { $0.requests } }

  static func http(_ status: Int, _ body: String) -> [UInt8] {
    Array(
      ("HTTP/1.1 \(status) Any\r\nContent-Type: application/json\r\n"
        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8)
  }

  static func chunked(_ pieces: [String], ends: Bool = true) -> [UInt8] {
    let chunks = pieces.map { String($0.utf8.count, radix: 16) + "\r\n\($0)\r\n" }.joined()
    return Array(
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)" + (ends ? "0\r\n\r\n" : ""))
        .utf8)
  }

  private func serve() {
    while true {
      let client = accept(listener, nil, nil)
      guard client >= 0 else { return }
      Thread.detachNewThread { [weak self] in
        if let self { self.talk(client) } else { close(client) }
      }
    }
  }

  private func talk(_ client: Int32) {
    defer { close(client) }
    var text = ""
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(client, &bytes, bytes.count)
      guard count > 0 else { return }
      text += String(decoding: bytes[..<count], as: UTF8.self)
      guard let end = text.range(of: "\r\n\r\n") else { continue }
      let head = text[..<end.lowerBound].components(separatedBy: "\r\n")
      let length =
        head.first { $0.hasPrefix("Content-Length: ") }.flatMap { Int($0.dropFirst(16)) } ?? 0
      let body = String(text[end.upperBound...])
      guard body.utf8.count >= length else { continue }
      let request = Request(line: head[0], body: body)
      state.withLock { $0.requests.append(request) }
      let answer = answer(request)
      var done = 0
      while done < answer.count {
        let count = answer[done...].withUnsafeBytes {
          send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return }
        done += count
      }
      return
    }
  }
}
