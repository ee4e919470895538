import Glibc

// Does to a server on a Unix socket what no client should: half requests, endless headers, single
// bytes, garbage, many connections, and answers that nobody reads. Never reads a byte itself.
//
//     hostile-client SOCKET CONNECTIONS SECONDS

/// A way to misbehave: what is sent, again and again if `repeats`, a byte at a time if `drips`.
struct Way {
  var text: String
  var repeats = false
  var drips = false
}

let ways = [
  Way(text: "GET /sta"),
  Way(text: "X-Endless: " + String(repeating: "a", count: 4000) + "\r\n", repeats: true),
  Way(text: "GET / HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "a", count: 60_000)),
  Way(text: "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"),
  Way(text: "GET /trace?seconds=30 HTTP/1.1\r\nHost: x\r\n\r\n", repeats: true),
  Way(text: "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", repeats: true),
  Way(text: "GET /status HTTP/1.1\r\nHost: x\r\nX-Slow: yes", drips: true),
  Way(text: "PUT /control HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n", repeats: true),
  Way(text: "PUT /control HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n{"),
  Way(text: "\u{1}\u{2}\u{3}\r\n\r\n\r\n", repeats: true),
  Way(text: ""),
]

final class Client {
  let way: Way
  private let bytes: [UInt8]
  private var descriptor: Int32 = -1
  private var sent = 0

  init(_ way: Way) {
    self.way = way
    bytes = Array(way.text.utf8)
  }

  func move(_ address: inout sockaddr_un) {
    if descriptor < 0 {
      descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | 0o4000, 0)
      guard descriptor >= 0 else { return }
      sent = 0
      let isThere = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
        }
      }
      guard isThere else { return leave() }
    }
    if sent == bytes.count, way.repeats { sent = 0 }
    guard sent < bytes.count else {
      // Whether it was thrown out can only be told by writing, or by an end that is ready.
      var ready = pollfd(fd: descriptor, events: 0, revents: 0)
      if poll(&ready, 1, 0) > 0 { leave() }
      return
    }
    let count = bytes.withUnsafeBytes {
      send(
        descriptor, $0.baseAddress! + sent, way.drips ? 1 : bytes.count - sent,
        Int32(MSG_NOSIGNAL))
    }
    if count > 0 { sent += count } else if errno != EAGAIN { leave() }
  }

  private func leave() {
    close(descriptor)
    descriptor = -1
  }
}

let arguments = CommandLine.arguments
guard arguments.count == 4, let count = Int(arguments[2]), let seconds = Int(arguments[3]) else {
  exit(64)
}
var address = sockaddr_un()
address.sun_family = sa_family_t(AF_UNIX)
withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(arguments[1].utf8)) }
let clients = (0..<count).map { Client(ways[$0 % ways.count]) }
let end = time(nil) + seconds
while time(nil) < end {
  for client in clients { client.move(&address) }
  usleep(20_000)
}
