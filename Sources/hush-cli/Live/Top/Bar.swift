/// Bars of blocks, or of signs that every terminal has.
struct Bar {
  /// Whether the terminal shows more than ASCII.
  let isFine: Bool

  /// Puts a bar at the end of a line. What is above 0 at all can be seen.
  ///
  /// - Parameters:
  ///   - share: 0 to 1.
  ///   - columns: of the whole bar.
  ///   - isLevel: whether the upper tenth is too much.
  func draw(
    _ share: Double, columns: Int, _ ink: Ink, isLevel: Bool = false, on line: inout InkLine
  ) {
    let columns = max(columns, 0)
    let share = share.isFinite ? min(max(share, 0), 1) : 0
    let steps = isFine ? 8 : 1
    var filled = Int((share * Double(columns * steps)).rounded())
    if filled == 0, share > 0, columns > 0 { filled = 1 }
    let whole = filled / steps
    var text = String(repeating: isFine ? "█" : "#", count: whole)
    if filled % steps > 0 { text += Bar.eighths[filled % steps] }
    let loud = isLevel ? max(columns * 9 / 10, 0) : columns
    line.add(String(text.prefix(loud)), ink)
    line.add(String(text.dropFirst(loud)), .loud)
    line.add(String(repeating: isFine ? "·" : ".", count: columns - text.count), .faint)
  }

  private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
}
