/// Lines as the bytes that put them on a terminal.
enum FrameText {
  /// What stands on the other screen of the terminal, from where all comes back at the end.
  static let enter = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[2J"
  static let leave = "\u{1b}[0m\u{1b}[?25h\u{1b}[?1049l"

  /// A whole screen, each line over the one that was there, so that nothing is blank in between.
  static func screen(_ lines: [InkLine], isColoured: Bool) -> String {
    // Terminals that know of synchronized updates show it all at once; others pass over it.
    var text = "\u{1b}[?2026h\u{1b}[H"
    for (index, line) in lines.enumerated() {
      if index > 0 { text += "\r\n" }
      text += painted(line, isColoured) + "\u{1b}[K"
    }
    return text + "\u{1b}[J\u{1b}[?2026l"
  }

  private static func painted(_ line: InkLine, _ isColoured: Bool) -> String {
    var text = ""
    for run in line.runs {
      guard let code = code(run.ink, isColoured) else {
        text += run.text
        continue
      }
      text += "\u{1b}[\(code)m\(run.text)\u{1b}[0m"
    }
    return text
  }

  /// Without colours what matters is bold or the other way round.
  private static func code(_ ink: Ink, _ isColoured: Bool) -> String? {
    switch ink {
    case .plain: nil
    case .strong: "1"
    case .faint: isColoured ? "2" : nil
    case .good: isColoured ? "32" : nil
    case .odd: isColoured ? "33" : "1"
    case .bad: isColoured ? "1;31" : "7"
    case .level: isColoured ? "36" : nil
    case .loud: isColoured ? "31" : nil
    case .inverse: "7"
    }
  }
}
