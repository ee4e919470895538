import FoundationEssentials
import Glibc

/// A line of GET /events.
struct LiveEvent: Equatable {
  private let members: [String: JSONValue]
  let name: String

  /// nil: it is none.
  init?(_ line: String) {
    guard case .object(let members) = JSONValue(text: line),
      case .string(let name) = members["event"]
    else { return nil }
    self.members = members
    self.name = name
  }

  /// Whether it only tells that the connection lives.
  var isPulse: Bool { name == "hello" || name == "heartbeat" }

  /// For people: the time here, the side, what happened.
  var text: String {
    let side = word("side")
    let place = side == nil ? "" : side! + String(repeating: " ", count: max(1, 9 - side!.count))
    return visible("\(clock)  \(place)\(what)")
  }

  private var what: String {
    switch name {
    case "state": word("state") ?? "?"
    case "xrun": "xrun: the buffer ran " + (word("side") == "capture" ? "over" : "dry")
    case "suspended": "the machine slept"
    case "source_ended": "the source has come to its end"
    case "stalled": "no sound for \(number("ms")) ms; the device is started anew"
    case "lost": "the device is gone: \(word("reason")?.lowercased() ?? "?")"
    case "deadline_missed": "a hop was \(number("late_us")) us late, because of \(cause)"
    case "fallback": "a hop went without the network, because of \(cause)"
    case "dropped": "\(number("frames")) stale frames left out"
    case "concealed": "\(number("frames")) missing frames made up"
    case "ladder":
      "ladder: rung \(number("rung")), " + (word("model").map { "model \($0)" } ?? "no model")
    case "model_changed": "a new model is heard"
    case "skipped": "\(number("lines")) lines were skipped: this reader was too slow"
    default: name
    }
  }

  private var cause: String {
    switch word("cause") {
    case "wakeup": "a late wake-up"
    case "backlog": "the hops before it"
    case "preempted": "other programs on its processor"
    case "compute": "the work itself"
    case let other: other ?? "?"
    }
  }

  private func word(_ key: String) -> String? {
    if case .string(let text) = members[key] { text } else { nil }
  }

  private func number(_ key: String) -> String {
    if case .number(let value) = members[key] { decimals(value, 0) } else { "?" }
  }

  /// The time of day here; as it came where it cannot be read.
  private var clock: String {
    guard let text = word("time") else { return "?" }
    // 2026-11-21T16:42:22.333Z
    let figures = text.split { !$0.isNumber }.map { Int32($0) }
    guard text.hasSuffix("Z"), figures.count >= 6, !figures.contains(nil) else { return text }
    var parts = tm()
    parts.tm_year = (figures[0] ?? 0) &- 1900
    parts.tm_mon = (figures[1] ?? 0) &- 1
    (parts.tm_mday, parts.tm_hour) = (figures[2] ?? 0, figures[3] ?? 0)
    (parts.tm_min, parts.tm_sec) = (figures[4] ?? 0, figures[5] ?? 0)
    return timeOfDay(timegm(&parts)) + text.dropLast().dropFirst(19).prefix(4)
  }
}
