/// What a piece of text means; a terminal with colours shows it by them.
enum Ink: Equatable {
  case plain, strong, faint, good, odd, bad, level, loud, inverse
}

/// A line of the screen.
struct InkLine: Equatable {
  struct Run: Equatable {
    var text: String
    var ink: Ink
  }

  private(set) var runs: [Run] = []

  init() {}
  init(_ text: String, _ ink: Ink = .plain) { add(text, ink) }

  /// Pieces one after the other, as many as fit; the first always.
  init(joining pieces: [InkLine], by gap: String, columns: Int) {
    for piece in pieces {
      guard runs.isEmpty || width + gap.count + piece.width <= columns else { return }
      if !runs.isEmpty { add(gap) }
      runs += piece.runs
    }
  }

  /// Without its inks.
  var text: String { runs.map(\.text).joined() }
  /// Columns that it takes.
  var width: Int { runs.reduce(0) { $0 + $1.text.unicodeScalars.count } }

  mutating func add(_ text: String, _ ink: Ink = .plain) {
    if !text.isEmpty { runs.append(Run(text: text, ink: ink)) }
  }

  /// Goes on with `text` at a column, if it has not come so far yet.
  mutating func tab(to column: Int) {
    if width < column { add(String(repeating: " ", count: column - width)) }
  }

  /// Puts text at the right end of a line of `columns`, if there is room with a space before it.
  mutating func end(_ text: String, _ ink: Ink = .plain, columns: Int) {
    let start = columns - text.unicodeScalars.count
    guard start > width else { return }
    tab(to: start)
    add(text, ink)
  }

  /// No wider than `columns`.
  func cut(to columns: Int) -> InkLine {
    guard width > columns else { return self }
    var result = InkLine()
    var left = columns
    for run in runs where left > 0 {
      let scalars = run.text.unicodeScalars.prefix(left)
      result.add(String(String.UnicodeScalarView(scalars)), run.ink)
      left -= scalars.count
    }
    return result
  }

  /// All of it in one ink.
  func all(_ ink: Ink) -> InkLine { InkLine(text, ink) }
}

/// Text of others with one column for each scalar: what is wider, or has no width, is a "?".
func narrow(_ text: String) -> String {
  var result = ""
  for scalar in visible(text).unicodeScalars {
    let isMark = scalar.properties.generalCategory == .nonspacingMark
    result.unicodeScalars.append(scalar.value < 0x1100 && !isMark ? scalar : "?")
  }
  return result
}
