import Testing

@testable import hush

/// HTTP as `hushd` speaks it, and as nobody should.
@Suite struct ResponseReaderTests {
  private func read(_ text: String, by size: Int = .max) throws -> ResponseReader {
    var reader = ResponseReader()
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      try reader.feed(Array(bytes.prefix(size)))
      bytes = bytes.dropFirst(size)
    }
    return reader
  }

  private func text(_ reader: ResponseReader) -> String {
    String(decoding: reader.body, as: UTF8.self)
  }

  @Test(arguments: [1, 2, 7, Int.max]) func wholeHoweverItComes(size: Int) throws {
    let counted = try read(
      "HTTP/1.1 200 OK\r\nContent-Type: x\r\nContent-Length:  5 \r\n\r\nhello", by: size)
    #expect(counted.isComplete && counted.status == 200 && text(counted) == "hello")
    let chunked = try read(
      "HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\nb;x=1\r\nlo and more\r\n0\r\n"
        + "A: b\r\n\r\n", by: size)
    #expect(chunked.isComplete && chunked.status == 503 && text(chunked) == "hello and more")
    let empty = try read("HTTP/1.0 204 None\nContent-Length: 0\n\n", by: size)
    #expect(empty.isComplete && empty.body.isEmpty)
    let after = try read(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", by: size)
    #expect(after.isComplete && after.status == 200 && text(after) == "x")
  }

  @Test func endedByTheConnection() throws {
    var reader = try read("HTTP/1.0 200 OK\r\n\r\nall there is")
    #expect(!reader.isComplete)
    try reader.end()
    #expect(reader.isComplete && text(reader) == "all there is")
  }

  @Test(arguments: [
    "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "\r\n\r\n",
    "HTTP/1.1 99 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
  ]) func nonsense(text: String) {
    #expect(throws: ResponseReader.Nonsense.self) { try read(text) }
  }

  @Test func nothingGrowsWithoutEnd() {
    let header = "HTTP/1.1 200 OK\r\nA: " + String(repeating: "x", count: 20_000)
    #expect(throws: ResponseReader.Nonsense.self) { try read(header, by: 4096) }
    let size = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"
    #expect(throws: ResponseReader.Nonsense.self) {
      try read(size + String(repeating: "x", count: 20_000), by: 4096)
    }
    let body =
      "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: ResponseReader.mostBody + 1)
    #expect(throws: ResponseReader.Nonsense.self) { try read(body, by: 65_536) }
  }

  @Test(arguments: [
    "", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
  ]) func cutOff(text: String) throws {
    var reader = try read(text)
    #expect(throws: ResponseReader.Nonsense.self) { try reader.end() }
  }
}
