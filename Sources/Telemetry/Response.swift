/// What a client gets.
struct Response {
  /// The part after the headers.
  enum Body {
    case whole([UInt8])
    /// A piece at a time, as the client takes it; nil: that was the last.
    case pieces(() -> [UInt8]?)
    /// Events, until the client goes.
    case events
  }

  var status: Int
  var type: String
  var body: Body
  /// Other headers, whole lines.
  var headers: [String] = []

  init(_ status: Int = 200, type: String, _ body: Body) {
    self.status = status
    self.type = type
    self.body = body
  }

  static func json(_ status: Int = 200, _ text: String) -> Response {
    Response(status, type: "application/json", .whole(Array((text + "\n").utf8)))
  }

  /// One line of JSON that says what is wrong.
  static func error(_ status: Int, _ line: String) -> Response {
    var writer = JSONWriter()
    writer.object { $0.set("error", line) }
    return .json(status, writer.text)
  }

  /// The headers as they go out.
  ///
  /// - Parameters:
  ///   - minor: the client's, of HTTP/1.
  ///   - keepsAlive: whether the connection stays open after it.
  func head(minor: Int, keepsAlive: Bool) -> [UInt8] {
    var text = "HTTP/1.1 \(status) \(Self.phrases[status] ?? "")\r\nContent-Type: \(type)\r\n"
    switch body {
    case .whole(let bytes): text += "Content-Length: \(bytes.count)\r\n"
    case .pieces, .events: if minor == 1 { text += "Transfer-Encoding: chunked\r\n" }
    }
    text += "Cache-Control: no-store\r\n"
    for header in headers { text += header + "\r\n" }
    if !keepsAlive { text += "Connection: close\r\n" }
    if keepsAlive, minor == 0 { text += "Connection: keep-alive\r\n" }
    return Array((text + "\r\n").utf8)
  }

  private static let phrases = [
    200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 411: "Length Required", 413: "Content Too Large", 414: "URI Too Long",
    415: "Unsupported Media Type", 417: "Expectation Failed", 422: "Unprocessable Content",
    431: "Request Header Fields Too Large", 503: "Service Unavailable",
    505: "HTTP Version Not Supported",
  ]
}
