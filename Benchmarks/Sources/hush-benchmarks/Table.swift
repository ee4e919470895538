/// A table in Markdown.
struct Table {
  private var lines: [String] = []

  init(_ columns: String...) {
    lines = [
      "| " + columns.joined(separator: " | ") + " |",
      "|---|" + String(repeating: "--:|", count: columns.count - 1),
    ]
  }

  mutating func add(_ cells: String...) {
    lines.append("| " + cells.joined(separator: " | ") + " |")
  }

  var text: String { lines.joined(separator: "\n") + "\n" }
}

func fixed(_ value: Double, _ digits: Int = 2) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let whole = Int((value * scale).rounded())
  guard digits > 0 else { return "\(whole)" }
  let text = String(whole)
  let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
  return padded.dropLast(digits) + "." + padded.suffix(digits)
}
