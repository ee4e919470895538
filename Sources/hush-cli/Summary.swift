import AudioIO

/// What was done to one file.
struct Summary: Sendable {
  let input: String
  let output: String
  let rate: Int
  let channels: Int
  let frames: Int64
  /// The output's format, in words.
  let format: String
  /// How long the work took.
  var seconds: Double
  let noise: NoiseMeter.Result?
  var clipped: Int
  let report: String?

  /// Seconds of sound.
  var duration: Double { Double(frames) / Double(rate) }
  /// Seconds of work for a second of sound.
  var realTimeFactor: Double { duration > 0 ? seconds / duration : 0 }

  /// Rate and channels.
  var soundText: String { "\(rate) Hz, \(channels) channel\(channels == 1 ? "" : "s")" }

  var noiseText: String {
    guard let noise else { return "too short to measure" }
    return "\(decimals(noise.before, 1)) dB before, \(decimals(noise.after, 1)) dB after: "
      + "\(decimals(noise.removed, 1)) dB removed"
  }

  /// For a single file.
  var text: String {
    var lines = [
      "duration     \(clockTime(duration)) (\(soundText))",
      "speed        \(decimals(1 / max(realTimeFactor, 1e-9), 1)) times real time "
        + "(real-time factor \(decimals(realTimeFactor, 4)))",
      "noise floor  \(noiseText)",
      "output       \(singleLine(output == "-" ? "standard output" : output)) (\(format))",
    ]
    if let report { lines.append("report       \(singleLine(report))") }
    return lines.joined(separator: "\n")
  }

  /// For one of several files.
  var line: String {
    let removed =
      noise.map { "\(decimals($0.removed, 1)) dB noise removed" } ?? "too short to measure"
    return singleLine("\(output)  \(clockTime(duration)), \(removed)")
  }

  /// After several files.
  static func total(of done: [Summary], asked: Int, seconds: Double) -> String {
    let duration = done.reduce(0) { $0 + $1.duration }
    let factor = duration > 0 ? seconds / duration : 0
    return "\(done.count) of \(asked) files, \(clockTime(duration)) of sound in "
      + "\(clockTime(seconds)) (real-time factor \(decimals(factor, 4)))"
  }
}
