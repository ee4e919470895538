import AudioIO
import Glibc
import S5

/// One page that needs nothing else: pictures, sound and figures before and after.
struct ReportPage {
  let summary: Summary
  let settings: DenoiseJob.Settings
  let pictures: ReportCollector

  func write(to file: AtomicFile) throws(SoundFileError) {
    try file.write(head)
    try file.write(figures)
    for (name, side) in [("Before", pictures.input), ("After", pictures.output)] {
      try file.write(section(name, side))
    }
    try file.write(levels)
    try file.write(details)
    try file.write(Self.script + "</main></body></html>\n")
  }

  private var title: String {
    ReportPage.escape(summary.input == "-" ? "standard input" : fileName(summary.input))
  }

  private var head: String {
    """
    <!doctype html><html lang="en"><head><meta charset="utf-8">
    <meta name="viewport" content="width=device-width,initial-scale=1">
    <title>\(title) – Hush</title><style>\(Self.style)</style></head><body><main>
    <header><p class="brand">Hush</p><h1>\(title)</h1></header>

    """
  }

  private var figures: String {
    let noise = summary.noise
    let cells = [
      ("Noise removed", noise.map { decimals($0.removed, 1) + " dB" } ?? "–"),
      ("Noise floor before", noise.map { decimals($0.before, 1) + " dB" } ?? "–"),
      ("Noise floor after", noise.map { decimals($0.after, 1) + " dB" } ?? "–"),
      ("Duration", clockTime(summary.duration)),
      ("Speed", decimals(1 / max(summary.realTimeFactor, 1e-9), 1) + "× real time"),
    ]
    return "<dl class=\"figures\">"
      + cells.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" }.joined() + "</dl>\n"
  }

  private func section(_ name: String, _ side: ReportCollector.Side) -> String {
    let spectrogram = side.spectrogram
    let steps = Palette.colours.count
    let width = spectrogram.columnCount
    let picture =
      width == 0
      ? "<p>The sound is too short for a picture.</p>"
      : "<img alt=\"Spectrogram \(name.lowercased())\" src=\"data:image/png;base64,"
        + base64(
          PNG.encode(
            width: width, height: Spectrogram.rows, pixels: spectrogram.pixels(steps: steps),
            palette: Palette.colours))
        + "\"><i class=\"head\"></i>"
    let top = spectrogram.top / 1000
    let marks = [1.0, 0.75, 0.5, 0.25, 0].map { "<span>\(decimals(top * $0, 1))</span>" }.joined()
    return """
      <section><h2>\(name) <span class="note">kHz over time</span></h2>
      <div class="graph"><div class="scale" title="kHz">\(marks)</div>
      <div class="plot">\(picture)</div></div>
      <div class="graph"><div class="scale"></div><div class="plot">\(wave(side))</div></div>
      \(player(side))</section>

      """
  }

  private func wave(_ side: ReportCollector.Side) -> String {
    let columns = side.envelope.columns
    guard columns.count > 1 else { return "" }
    let upper = columns.enumerated().map { "\($0.offset) \(decimals(Double(-$0.element.high), 3))" }
    let lower = columns.enumerated().reversed()
      .map { "\($0.offset) \(decimals(Double(-$0.element.low), 3))" }
    let path = "M" + (upper + lower).joined(separator: "L") + "Z"
    return "<svg class=\"wave\" viewBox=\"0 -1 \(columns.count - 1) 2\" "
      + "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Waveform\">"
      + "<path d=\"\(path)\"/></svg><i class=\"head\"></i>"
  }

  private func player(_ side: ReportCollector.Side) -> String {
    let clip = side.clip
    let bytes = clip.finish()
    let note =
      clip.isCut
      ? "<p class=\"note\">The sound here is the first "
        + "\(clockTime(Double(clip.frames) / Double(pictures.rate))) only.</p>" : ""
    return "<audio controls preload=\"metadata\" data-length=\"\(decimals(summary.duration, 3))\" "
      + "src=\"data:\(clip.mediaType);base64,\(base64(bytes))\"></audio>\(note)"
  }

  /// Both levels over time in one plot.
  private var levels: String {
    let before = pictures.input.envelope.levels
    let after = pictures.output.envelope.levels
    guard before.count > 1 else { return "" }
    func line(_ levels: [Double], _ name: String) -> String {
      let points = levels.enumerated().map { "\($0.offset),\(decimals(-$0.element, 1))" }
      return "<polyline class=\"\(name)\" points=\"\(points.joined(separator: " "))\"/>"
    }
    let floors = [("before", summary.noise?.before), ("after", summary.noise?.after)]
      .compactMap { name, level in
        level.map {
          "<line class=\"\(name) floor\" x1=\"0\" x2=\"\(before.count - 1)\" "
            + "y1=\"\(decimals(-$0, 1))\" y2=\"\(decimals(-$0, 1))\"/>"
        }
      }.joined()
    let marks = [0, -25, -50, -75, -100].map { "<span>\($0)</span>" }.joined()
    return """
      <section><h2>Level</h2><p class="note"><b class="before">Before</b> and
      <b class="after">after</b>, dB of full scale; dashed, the noise floor: the level that a tenth
      of all 20 ms frames stay under.</p><div class="graph"><div class="scale">\(marks)</div>
      <div class="plot"><svg class="levels" viewBox="0 0 \(before.count - 1) 100"
      preserveAspectRatio="none" role="img" aria-label="Level over time">\(line(before, "before"))\
      \(line(after, "after"))\(floors)</svg><i class="head"></i></div></div></section>

      """
  }

  private var details: String {
    let limit =
      settings.attenuationLimit.map { decimals(Double($0), 1) + " dB" } ?? "none"
    let rows = [
      ("Input", summary.input == "-" ? "standard input" : summary.input),
      ("Output", summary.output == "-" ? "standard output" : summary.output),
      ("Sound", summary.soundText + ", \(summary.frames) frames"),
      ("Output format", summary.format),
      ("Model", settings.modelName ?? "built in"),
      ("Attenuation limit", limit),
      ("Real-time factor", decimals(summary.realTimeFactor, 4)),
      ("Program", "hush \(HushCommand.version)"),
    ]
    return "<section><h2>Settings</h2><table>"
      + rows.map { "<tr><th>\($0.0)</th><td>\(ReportPage.escape($0.1))</td></tr>" }.joined()
      + "</table></section>\n"
  }

  /// Text as HTML.
  static func escape(_ text: String) -> String {
    singleLine(text).reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
  }
}
