/// A configuration as a file that explains itself: the annotated example is the one of the
/// defaults.
public struct Annotated: CustomStringConvertible {
  public let description: String

  public init(_ configuration: Configuration) {
    var lines = [
      "# hushd's configuration (YAML). Every key may be left out, and then has the default that",
      "# stands above it.",
      "#",
      "# Each key can be overridden by an environment variable (HUSHD_CAPTURE_DEVICE) and by",
      "# hushd --set capture.device=..., the command line winning. `hushd --check` tests a file.",
      "# A reload (SIGHUP) takes over the keys marked \"live\"; the others take a restart.",
    ]
    for section in Section.all {
      lines += ["", "# \(section.description)", "\(section.name):"]
      var group = ""
      for key in section.keys {
        let parts = key.name.split(separator: ".").dropFirst()
        let own = parts.dropLast().joined(separator: ".")
        let indent = String(repeating: "  ", count: parts.count)
        if key.name != section.keys.first?.name { lines.append("") }
        if own != group, !own.isEmpty { lines.append("  \(own):") }
        group = own
        lines += Annotated.comment(key, indent)
        let value = key.written(configuration.value(key))
        lines.append("\(indent)\(parts.last ?? ""): \(value)")
      }
    }
    description = lines.joined(separator: "\n") + "\n"
  }

  private static func comment(_ key: Key, _ indent: String) -> [String] {
    wrapped(key.description, indent) + wrapped(key.rangeText, indent)
  }

  private static func wrapped(_ text: String, _ indent: String) -> [String] {
    let width = 92
    var lines: [String] = []
    var line = indent + "#"
    for word in text.split(separator: " ") {
      if line.count + 1 + word.count > width {
        lines.append(line)
        line = indent + "#"
      }
      line += " " + word
    }
    return lines + [line]
  }
}
