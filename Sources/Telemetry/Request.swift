/// A request as it came in.
struct Request: Equatable, Sendable {
  var method: String
  /// Without the query.
  var path: String
  /// What follows the question mark; may be empty.
  var query: String
  /// Of HTTP/1: 0 or 1.
  var minor: Int
  /// Whether the client means to ask again on the same connection.
  var keepsAlive: Bool
  var body: [UInt8]

  /// The value of a name in the query, as it was written.
  func parameter(_ name: String) -> String? {
    for part in query.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2, pair[0] == name { return String(pair[1]) }
    }
    return nil
  }
}
