/// A page for man(1), in the macros that every man has.
struct Roff {
  private var lines: [String] = []

  var text: String { lines.joined(separator: "\n") + "\n" }

  /// When the pages were last looked over; a day of their own would change them at every build.
  static let day = "2026-11-21"

  init(_ name: String, _ section: Int, version: String, _ manual: String) {
    lines = [
      ".\\\" Written by hush-manual (make manual); change what the programs say instead.",
      ".TH \(name.uppercased()) \(section) \(Self.day) \"hush \(version)\" \"\(manual)\"",
    ]
  }

  mutating func heading(_ title: String) { lines.append(".SH \"\(title)\"") }
  mutating func subheading(_ title: String) { lines.append(".SS \"\(Self.escaped(title))\"") }
  mutating func paragraph() { lines.append(".PP") }

  /// Text with its marks already in it.
  mutating func marked(_ text: String) { lines.append(Self.guarded(text)) }

  mutating func add(_ text: String) { marked(Self.escaped(text)) }

  /// - Parameter tag: with its marks already in it.
  mutating func item(_ tag: String, _ text: String) {
    lines += [".TP", Self.guarded(tag), Self.guarded(Self.escaped(text))]
  }

  /// Lines as they are.
  mutating func example(_ text: [String]) {
    if lines.last?.hasPrefix(".SH") == false { paragraph() }
    lines += [".nf", ".RS 4"] + text.map { Self.guarded(Self.escaped($0)) } + [".RE", ".fi"]
  }

  /// A synopsis: what stands between < and > is a name for something.
  mutating func synopsis(_ usages: [String]) {
    for (index, usage) in usages.enumerated() {
      if index > 0 { lines.append(".br") }
      var text = ""
      for character in Self.escaped(usage) {
        switch character {
        case "<": text += "\\fI"
        case ">": text += "\\fR"
        default: text.append(character)
        }
      }
      lines.append(Self.guarded(text))
    }
  }

  static func bold(_ text: String) -> String { "\\fB\(escaped(text))\\fR" }
  static func italic(_ text: String) -> String { "\\fI\(escaped(text))\\fR" }

  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "'": result += "\\(aq"
      case "`": result += "\\(ga"
      case "^": result += "\\(ha"
      case "~": result += "\\(ti"
      case "\"": result += "\\(dq"
      default: result.append(character)
      }
    }
    return result
  }

  /// A dot at the beginning of a line would be a macro's.
  private static func guarded(_ text: String) -> String {
    text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
  }

  // MARK: What a help says

  /// A part of a help text: a title in capitals, or none, and lines.
  struct Part {
    var title: String
    var lines: [String]
  }

  static func parts(_ discussion: String) -> [Part] {
    var parts = [Part(title: "", lines: [])]
    for line in discussion.split(separator: "\n", omittingEmptySubsequences: false) {
      let isTitle = line.count > 2 && line.allSatisfy { $0.isUppercase || $0 == " " }
      if isTitle && !line.hasPrefix(" ") {
        parts.append(Part(title: String(line), lines: []))
      } else {
        parts[parts.count - 1].lines.append(String(line))
      }
    }
    return parts.filter { !$0.title.isEmpty || $0.lines.contains { !$0.isEmpty } }
  }

  /// Lines that are indented are tags with texts or examples; others are paragraphs.
  mutating func body(_ part: Part) {
    let isList = ["EXIT CODES", "SIGNALS", "ENVIRONMENT", "FILES"].contains(part.title)
    var block: [String] = []
    func flushed(_ page: inout Roff) {
      while block.last?.isEmpty == true { block.removeLast() }
      if block.isEmpty { return }
      if isList { page.list(block) } else { page.example(block.map { String($0.dropFirst(2)) }) }
      block = []
    }
    for line in part.lines {
      if line.hasPrefix("  ") || line.isEmpty && !block.isEmpty {
        block.append(line)
      } else if line.isEmpty {
        continue
      } else {
        flushed(&self)
        // Right behind a heading it is superfluous.
        if lines.last?.hasPrefix(".SH") == false { paragraph() }
        add(line)
      }
    }
    flushed(&self)
  }

  /// `  64   the command line makes no sense`, going on where it is indented further.
  private mutating func list(_ block: [String]) {
    var items: [(tag: String, text: String)] = []
    for line in block {
      let words = line.dropFirst(2)
      if words.hasPrefix(" ") {
        guard !items.isEmpty else { continue }
        items[items.count - 1].text += " " + words.drop { $0 == " " }
      } else if let gap = words.range(of: "  ") {
        items.append(
          (String(words[..<gap.lowerBound]), String(words[gap.upperBound...].drop { $0 == " " })))
      } else {
        items.append((String(words), ""))
      }
    }
    for item in items { self.item(Self.bold(item.tag), item.text) }
  }
}
