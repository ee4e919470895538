/// Takes bytes as they come and makes requests of them; holds no more than the limits allow.
///
/// Strict where laxness has been a hole elsewhere: lengths that contradict each other, folded
/// headers and control characters are refused (RFC 9112).
struct RequestParser {
  enum Outcome: Equatable {
    /// There is more to come.
    case more
    case request(Request)
    /// The connection is of no use any more.
    case refuse(Refusal)
  }

  struct Refusal: Equatable {
    let status: Int
    let line: String

    init(_ status: Int, _ line: String) {
      self.status = status
      self.line = line
    }
  }

  private struct Head {
    var request: Request
    var length: Int
  }

  private let headerBytes: Int
  private let bodyBytes: Int
  private var bytes: [UInt8] = []
  private var head: Head?
  /// Bytes in which no end of the headers was found: a client that sends single bytes must not have
  /// all of them looked at again for each.
  private var scanned = 0

  init(_ limits: Limits) {
    headerBytes = limits.headerBytes
    bodyBytes = limits.bodyBytes
  }

  /// Whether part of a request has come.
  var isAmid: Bool { head != nil || !bytes.isEmpty }

  /// How many bytes it takes at once, 1 or more as long as it has refused nothing.
  var room: Int { headerBytes + bodyBytes + 4 - bytes.count }

  /// - Parameter new: `room` at most.
  mutating func take(_ new: UnsafeRawBufferPointer) { bytes.append(contentsOf: new) }

  /// The next request, if all of it is there.
  mutating func next() -> Outcome {
    if head == nil {
      // Empty lines before a request are to be passed over.
      var start = 0
      while start < bytes.count, bytes[start] == 10 || bytes[start] == 13 { start += 1 }
      if start > 0 { bytes.removeFirst(start) }
      guard let end = Self.endOfHead(bytes, from: max(scanned - 2, 0)) else {
        scanned = bytes.count
        if bytes.count > headerBytes { return .refuse(tooLong()) }
        return .more
      }
      scanned = 0
      guard end <= headerBytes else { return .refuse(tooLong()) }
      switch Self.parse(bytes[..<end]) {
      case .success(let parsed):
        guard parsed.length <= bodyBytes else {
          return .refuse(.init(413, "the body has over \(bodyBytes) bytes; send less"))
        }
        head = parsed
      case .failure(let refusal): return .refuse(refusal)
      }
      bytes.removeFirst(end)
    }
    guard var request = head?.request, let length = head?.length, bytes.count >= length else {
      return .more
    }
    request.body = Array(bytes.prefix(length))
    bytes.removeFirst(length)
    head = nil
    return .request(request)
  }

  private func tooLong() -> Refusal {
    bytes.prefix(headerBytes).contains(10)
      ? .init(431, "the headers have over \(headerBytes) bytes; send fewer")
      : .init(414, "the first line has over \(headerBytes) bytes; shorten it")
  }

  /// The place after the empty line.
  private static func endOfHead(_ bytes: [UInt8], from start: Int) -> Int? {
    var index = start
    while let feed = bytes[index...].firstIndex(of: 10) {
      let next = feed + 1
      if next < bytes.count, bytes[next] == 10 { return next + 1 }
      if next + 1 < bytes.count, bytes[next] == 13, bytes[next + 1] == 10 { return next + 2 }
      index = next
    }
    return nil
  }

  private enum Parsed {
    case success(Head)
    case failure(Refusal)
  }

  private static func parse(_ bytes: ArraySlice<UInt8>) -> Parsed {
    guard bytes.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 || $0 == 10 || $0 == 13 }) else {
      return .failure(.init(400, "control characters in the request"))
    }
    var lines = bytes.split(separator: 10).map { line in
      line.last == 13 ? line.dropLast() : line
    }
    if lines.contains(where: { $0.contains(13) }) {
      return .failure(.init(400, "a carriage return inside a line"))
    }
    lines.removeAll { $0.isEmpty }
    guard let first = lines.first else { return .failure(.init(400, "an empty request")) }
    let words = first.split(separator: 32, omittingEmptySubsequences: false)
    guard words.count == 3, isToken(words[0]), words[1].first == UInt8(ascii: "/") else {
      return .failure(.init(400, "the first line is no request; send 'GET /status HTTP/1.1'"))
    }
    let version = text(words[2])
    guard version == "HTTP/1.1" || version == "HTTP/1.0" else {
      return .failure(
        version.hasPrefix("HTTP/")
          ? .init(505, "only HTTP/1.1 and HTTP/1.0 are spoken here")
          : .init(400, "the first line is no request; send 'GET /status HTTP/1.1'"))
    }
    let target = words[1].split(separator: UInt8(ascii: "?"), maxSplits: 1)
    let minor = version == "HTTP/1.1" ? 1 : 0
    var head = Head(
      request: Request(
        method: text(words[0]), path: text(target[0]),
        query: target.count > 1 ? text(target[1]) : "", minor: minor, keepsAlive: minor == 1,
        body: []),
      length: 0)
    if let refusal = read(lines.dropFirst(), into: &head) { return .failure(refusal) }
    return .success(head)
  }

  private static func read(
    _ lines: ArraySlice<ArraySlice<UInt8>>, into head: inout Head
  ) -> Refusal? {
    var hosts = 0
    var lengths: [String] = []
    for line in lines {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), isToken(line[..<colon]) else {
        return Refusal(400, "a header without a name, or on several lines")
      }
      let value = text(line[(colon + 1)...].drop { $0 == 32 || $0 == 9 }).trimmedEnd
      switch text(line[..<colon]).lowercased() {
      case "host": hosts += 1
      case "content-length": lengths.append(value)
      case "transfer-encoding":
        return Refusal(411, "bodies are taken with a Content-Length only")
      case "expect": return Refusal(417, "nothing can be expected here; send the body at once")
      case "connection":
        let words = value.lowercased().split { $0 == "," || $0 == " " }
        if words.contains("close") {
          head.request.keepsAlive = false
        } else if words.contains("keep-alive") {
          head.request.keepsAlive = true
        }
      default: break
      }
    }
    if head.request.minor == 1, hosts != 1 {
      return Refusal(400, "HTTP/1.1 needs one Host header; any name will do")
    }
    guard lengths.count <= 1 else { return Refusal(400, "more than one Content-Length") }
    guard let length = lengths.first else { return nil }
    guard !length.isEmpty, length.utf8.allSatisfy({ 48...57 ~= $0 }) else {
      return Refusal(400, "a Content-Length that is no number")
    }
    // More than an Int holds is too much in any case.
    head.length = Int(length) ?? .max
    return nil
  }

  private static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
    !bytes.isEmpty
      && bytes.allSatisfy {
        48...57 ~= $0 || 65...90 ~= $0 || 97...122 ~= $0 || "!#$%&'*+-.^_`|~".utf8.contains($0)
      }
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
  }
}

extension String {
  fileprivate var trimmedEnd: String {
    var text = self[...]
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
  }
}
