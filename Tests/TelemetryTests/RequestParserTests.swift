import Testing

@testable import Telemetry

@Suite struct RequestParserTests {
  /// What becomes of bytes that come in pieces of a size.
  private func parse(_ text: String, piece: Int = 1 << 20) -> RequestParser.Outcome {
    var parser = RequestParser(Limits())
    var rest = Array(text.utf8)[...]
    var outcome = RequestParser.Outcome.more
    while !rest.isEmpty, outcome == .more {
      let part = Array(rest.prefix(min(piece, parser.room)))
      rest = rest.dropFirst(part.count)
      part.withUnsafeBytes { parser.take($0) }
      outcome = parser.next()
    }
    return outcome
  }

  private func refusal(_ text: String) -> Int? {
    if case .refuse(let refusal) = parse(text) { refusal.status } else { nil }
  }

  @Test(arguments: [1, 3, 1000])
  func theCutDoesNotMatter(piece: Int) {
    let text =
      "\r\nPUT /control?a=1&seconds=7 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n{ab}GET"
    let outcome = parse(text, piece: piece)
    guard case .request(let request) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(request.method == "PUT")
    #expect(request.path == "/control")
    #expect(request.parameter("seconds") == "7")
    #expect(request.parameter("second") == nil)
    #expect(request.keepsAlive)
    #expect(request.body == Array("{ab}".utf8))
  }

  @Test func lineFeedsAloneAreEnough() {
    guard case .request(let request) = parse("GET / HTTP/1.0\n\n") else {
      Issue.record("no request")
      return
    }
    #expect(request.minor == 0)
    #expect(!request.keepsAlive)
  }

  @Test func requestsThatComeTogetherAreTwo() {
    var parser = RequestParser(Limits())
    let text =
      "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    Array(text.utf8).withUnsafeBytes { parser.take($0) }
    guard case .request(let first) = parser.next(), case .request(let second) = parser.next()
    else {
      Issue.record("not two")
      return
    }
    #expect(first.path == "/a" && first.keepsAlive)
    #expect(second.path == "/b" && !second.keepsAlive)
    #expect(parser.next() == .more)
    #expect(!parser.isAmid)
  }

  @Test(arguments: [
    ("nonsense\r\n\r\n", 400), ("GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ("GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400), ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
    ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: \u{0}\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400),
    ("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
    ("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
    ("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 4097\r\n\r\n", 413),
    ("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
    ("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
    ("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n", 417),
  ])
  func whatIsWrongIsRefused(text: String, status: Int) {
    #expect(refusal(text) == status)
  }

  @Test func lengthIsBounded() {
    let long = String(repeating: "a", count: 20_000)
    #expect(refusal("GET /\(long)") == 414)
    #expect(refusal("GET / HTTP/1.1\r\nHost: h\r\nX: \(long)\r\n\r\n") == 431)
    #expect(refusal(String(repeating: "\r\n", count: 20_000) + "x\r\n\r\n") == 400)
  }
}
