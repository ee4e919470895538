/// A value and where it was given.
struct Entry: Equatable, Sendable {
  let value: Value
  let origin: Origin
}

/// What was said explicitly, by the names of the keys.
typealias Entries = [String: Entry]
