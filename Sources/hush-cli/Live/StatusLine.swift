import AudioIO

/// How `hushd` is, in a line.
enum StatusLine {
  static func text(_ status: LiveStatus) -> String {
    var parts = ["\(status.capture.name) > \(status.output.name)"]
    if let now = status.latency.now { parts.append("latency \(decimals(now, 1)) ms") }
    parts.append("late \(status.hops.late) of \(status.hops.done) hops")
    parts.append("xruns \(status.capture.xruns)+\(status.output.xruns)")
    parts += settings(status.control)
    parts.append(status.model.map { "model \($0)" } ?? "no model")
    var line = "\(status.health.rawValue): " + parts.joined(separator: ", ")
    if let problem = status.problems.first, status.health != .ok { line += "; \(problem)" }
    return visible(line)
  }

  /// What is set, in words.
  static func settings(_ control: LiveStatus.Control) -> [String] {
    var words = ["strength " + strength(control.strength)]
    if control.bypass { words.append("bypassed") }
    if control.mute { words.append("muted") }
    return words
  }

  static func strength(_ decibels: Double?) -> String {
    decibels.map { "\(plain($0)) dB" } ?? "max"
  }

  /// To one decimal, if it has any.
  private static func plain(_ value: Double) -> String {
    value == value.rounded() ? decimals(value, 0) : decimals(value, 1)
  }
}

/// Text of others on one line, without what a terminal would take for a command.
func visible(_ text: String) -> String {
  var result = ""
  for scalar in singleLine(text).unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      result += "?"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
