/// Horizontal bars as SVG.
struct Chart {
  let title: String
  let unit: String
  /// A contender and its figure; those of one group share a colour.
  private(set) var bars: [(label: String, value: Double, group: Int)] = []

  init(_ title: String, unit: String) { (self.title, self.unit) = (title, unit) }

  mutating func add(_ label: String, _ value: Double, group: Int) {
    bars.append((label, value, group))
  }

  var svg: String {
    let (left, width, height) = (230.0, 760.0, 24.0)
    let longest = bars.map(\.value).max() ?? 1
    let colours = ["#2a6fb0", "#e08a1e", "#7a7a7a", "#3a9a5c", "#9a4fb0", "#b04a4a"]
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(fixed(width, 0))" \
      height="\(fixed(Double(bars.count) * height + 48, 0))" font-family="sans-serif" \
      font-size="13">
      <rect width="100%" height="100%" fill="white"/>
      <text x="10" y="22" font-size="15" font-weight="bold">\(title)</text>

      """
    for (i, bar) in bars.enumerated() {
      let y = 38 + Double(i) * height
      let length = max(1, bar.value / longest * (width - left - 90))
      text += """
        <text x="\(fixed(left - 8, 0))" y="\(fixed(y + 14, 0))" text-anchor="end">\(bar.label)</text>
        <rect x="\(fixed(left, 0))" y="\(fixed(y, 0))" width="\(fixed(length, 1))" height="18" \
        fill="\(colours[bar.group % colours.count])"/>
        <text x="\(fixed(left + length + 6, 1))" y="\(fixed(y + 14, 0))">\(fixed(bar.value)) \
        \(unit)</text>

        """
    }
    return text + "</svg>\n"
  }
}
