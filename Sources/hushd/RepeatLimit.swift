/// Holds back lines that say the same again and again, such as those of a loose plug.
///
/// Lines that differ in numbers only are of one kind. Of each kind a few are shown a minute; how
/// many were held back is told when the minute is over.
struct RepeatLimit {
  /// What becomes of a line.
  enum Verdict: Equatable {
    case show, hold
  }

  /// Lines of one kind that were not shown.
  struct Held: Equatable {
    let line: String
    let count: Int
  }

  private struct Kind {
    var begun: UInt64
    var shown: Int
    var held: Int
    var line: String
  }

  private let burst: Int
  private let window: UInt64
  private let most: Int
  private var kinds: [String: Kind] = [:]

  /// `burst` lines of a kind in `window` nanoseconds; at most `most` kinds are remembered.
  init(burst: Int = 5, window: UInt64 = 60_000_000_000, most: Int = 256) {
    self.burst = burst
    self.window = window
    self.most = most
  }

  mutating func judge(_ line: String, now: UInt64) -> Verdict {
    let name = RepeatLimit.kind(of: line)
    var kind = kinds[name] ?? Kind(begun: now, shown: 0, held: 0, line: line)
    // The count of a window that is over is told by `expired`; a line before that belongs to it.
    if kind.held == 0, elapsed(since: kind.begun, now) >= window {
      kind = Kind(begun: now, shown: 0, held: 0, line: line)
    }
    let shows = kind.shown < burst
    if shows { kind.shown += 1 } else { kind.held += 1 }
    if kinds[name] == nil, kinds.count >= most { forgetOldest() }
    kinds[name] = kind
    return shows ? .show : .hold
  }

  /// What was held back in windows that are over; asked for now and then.
  mutating func expired(now: UInt64) -> [Held] {
    let over = kinds.filter { elapsed(since: $0.value.begun, now) >= window }
    for name in over.keys { kinds[name] = nil }
    return over.values.filter { $0.held > 0 }.sorted { $0.begun < $1.begun }
      .map { Held(line: $0.line, count: $0.held) }
  }

  private mutating func forgetOldest() {
    if let oldest = kinds.min(by: { $0.value.begun < $1.value.begun })?.key { kinds[oldest] = nil }
  }

  private static func kind(of line: String) -> String {
    var kind = ""
    var inNumber = false
    for character in line.prefix(200) {
      let isDigit = character.isASCII && character.isNumber
      if !isDigit { kind.append(character) } else if !inNumber { kind.append("#") }
      inNumber = isDigit
    }
    return kind
  }
}
