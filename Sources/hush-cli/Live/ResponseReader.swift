/// Reads an HTTP/1.1 answer as its bytes come, and takes no more than it has room for.
struct ResponseReader {
  /// What is no answer of a `hushd`, in words.
  struct Nonsense: Error, Equatable {
    let words: String
  }

  /// 0 until the head has come.
  private(set) var status = 0
  /// Of the body, what has not been taken.
  private(set) var body: [UInt8] = []
  private(set) var isComplete = false

  private enum Part: Equatable {
    case head
    case counted(Int)
    case chunkSize
    case chunk(Int)
    /// The line end behind a chunk.
    case chunkEnd
    case trailer
    case toTheEnd
  }
  private var part = Part.head
  private var pending: [UInt8] = []

  static let mostHead = 16_384
  static let mostBody = 4 << 20

  mutating func takeBody() -> [UInt8] {
    defer { body = [] }
    return body
  }

  mutating func feed(_ bytes: [UInt8]) throws(Nonsense) {
    pending += bytes
    while !isComplete, try step() {}
  }

  /// The other end has said all.
  mutating func end() throws(Nonsense) {
    guard !isComplete else { return }
    guard part == .toTheEnd else { throw Nonsense(words: "the answer is cut off") }
    isComplete = true
  }

  /// False: more bytes are needed.
  private mutating func step() throws(Nonsense) -> Bool {
    switch part {
    case .head:
      guard let end = headEnd() else {
        guard pending.count <= Self.mostHead else { throw Nonsense(words: "endless headers") }
        return false
      }
      let head = pending[..<end.text]
      pending.removeFirst(end.whole)
      try read(head: String(decoding: head, as: UTF8.self))
    case .counted(let left):
      let count = try take(left)
      part = .counted(left - count)
      if left == count { isComplete = true }
      return false
    case .chunkSize:
      guard let line = try line() else { return false }
      let digits = line.prefix { $0 != ";" && $0 != " " }
      guard !digits.isEmpty, digits.count <= 8, digits.allSatisfy(\.isHexDigit),
        let size = Int(digits, radix: 16)
      else { throw Nonsense(words: "a chunk without a size") }
      part = size == 0 ? .trailer : .chunk(size)
    case .chunk(let left):
      let count = try take(left)
      part = left == count ? .chunkEnd : .chunk(left - count)
      return left == count
    case .chunkEnd:
      guard let line = try line() else { return false }
      guard line.isEmpty else { throw Nonsense(words: "a chunk that is longer than it says") }
      part = .chunkSize
    case .trailer:
      guard let line = try line() else { return false }
      if line.isEmpty { isComplete = true }
    case .toTheEnd:
      _ = try take(.max)
      return false
    }
    return true
  }

  private mutating func take(_ most: Int) throws(Nonsense) -> Int {
    let count = min(most, pending.count)
    guard body.count + count <= Self.mostBody else { throw Nonsense(words: "an endless answer") }
    body += pending[..<count]
    pending.removeFirst(count)
    return count
  }

  /// Where the empty line is, before and behind it.
  private func headEnd() -> (text: Int, whole: Int)? {
    for index in pending.indices where pending[index] == 10 {
      if pending[(index + 1)...].first == 10 { return (index, index + 2) }
      if pending[(index + 1)...].starts(with: [13, 10]) { return (index, index + 3) }
    }
    return nil
  }

  private mutating func line() throws(Nonsense) -> String? {
    guard let end = pending.firstIndex(of: 10) else {
      guard pending.count <= 256 else { throw Nonsense(words: "a chunk without a size") }
      return nil
    }
    var line = pending[..<end]
    pending.removeFirst(end + 1)
    if line.last == 13 { line.removeLast() }
    return String(decoding: line, as: UTF8.self)
  }

  private mutating func read(head: String) throws(Nonsense) {
    let lines = head.split(whereSeparator: \.isNewline)
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count >= 2, ["HTTP/1.1", "HTTP/1.0"].contains(words[0]),
      let code = Int(words[1]), 100...599 ~= code
    else { throw Nonsense(words: "no HTTP") }
    if code < 200 { return }
    status = code
    var length: Int?
    var isChunked = false
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else {
        throw Nonsense(words: "a broken header")
      }
      let value = line[line.index(after: colon)...].filter { $0 != " " && $0 != "\t" }.lowercased()
      switch line[..<colon].lowercased() {
      case "content-length":
        guard let number = Int(value), number >= 0, length == nil || length == number else {
          throw Nonsense(words: "a broken length")
        }
        length = number
      case "transfer-encoding":
        guard value == "chunked" else { throw Nonsense(words: "an unknown encoding") }
        isChunked = true
      default: break
      }
    }
    if let length, length > Self.mostBody { throw Nonsense(words: "an endless answer") }
    part = isChunked ? .chunkSize : length.map { .counted($0) } ?? .toTheEnd
    if length == 0, !isChunked { isComplete = true }
  }
}
