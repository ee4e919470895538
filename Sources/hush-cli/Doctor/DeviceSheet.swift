import AudioIO

/// A sound device and what it can do.
struct DeviceSheet: Encodable, Equatable {
  struct Range: Encodable, Equatable {
    var least: Int
    var most: Int

    init(_ range: ClosedRange<Int>) { (least, most) = (range.lowerBound, range.upperBound) }
    init(least: Int, most: Int) { (self.least, self.most) = (least, most) }
  }

  var name: String
  /// "capture" or "playback".
  var direction: String
  var description: String
  /// Why it cannot be asked now; nil: it was.
  var problem: String?
  /// Frames a second; with `problem` all of these are empty.
  var rates: [Int] = []
  var formats: [String] = []
  var channels: Range?
  /// Frames.
  var period: Range?
  var buffer: Range?
  var mapped: Bool?

  init(name: String, direction: PCMDirection, description: String) {
    (self.name, self.direction, self.description) = (name, direction.rawValue, description)
  }

  /// Opens it for a moment.
  init(asking entry: PCMDirectory.Entry) {
    self.init(name: entry.name, direction: entry.direction, description: entry.description)
    do throws(PCMError) {
      let found = try PCMDirectory.capabilities(entry.name, entry.direction)
      rates = found.rates
      formats = found.formats.map(\.rawValue)
      channels = Range(found.channels)
      period = Range(found.period)
      buffer = Range(found.buffer)
      mapped = found.isMappable
    } catch {
      problem = error.message
    }
  }

  /// Hardware always; of ALSA's configuration what works, for much of it never does.
  var isWorthShowing: Bool { problem == nil || name.contains("CARD=") }

  /// For people.
  static func text(_ sheets: [DeviceSheet]) -> String {
    [("capture", "Microphones and other inputs"), ("playback", "Loudspeakers and other outputs")]
      .map { direction, title in
        let own = sheets.filter { $0.direction == direction }
        let lines = own.isEmpty ? ["  none; plug one in, or see whether a sound server runs"] : []
        return ([title] + lines + own.flatMap(\.lines)).joined(separator: "\n")
      }.joined(separator: "\n\n")
  }

  private var lines: [String] {
    var lines = ["  " + visible(description.isEmpty ? name : "\(name)  (\(description))")]
    if let problem { return lines + ["    \(visible(problem))"] }
    lines.append(
      "    rates     " + (rates.isEmpty ? "none that hush takes" : DeviceSheet.runs(rates)) + " Hz")
    lines.append(
      "    formats   "
        + (formats.isEmpty ? "none that hush takes" : formats.joined(separator: ", ")))
    if let channels { lines.append("    channels  " + DeviceSheet.words(channels)) }
    if let period {
      let rate = rates.contains(48_000) ? 48_000 : rates.last ?? 48_000
      func milliseconds(_ frames: Int) -> String {
        decimals(Double(frames) / Double(rate) * 1000, 1)
      }
      lines.append(
        "    period    \(DeviceSheet.words(period)) frames "
          + "(\(milliseconds(period.least)) to \(milliseconds(period.most)) ms at \(rate) Hz)")
    }
    if let buffer { lines.append("    buffer    \(DeviceSheet.words(buffer)) frames") }
    if let mapped { lines.append("    mapped    \(mapped ? "yes" : "no")") }
    return lines
  }

  private static func words(_ range: Range) -> String {
    range.least == range.most ? "\(range.least)" : "\(range.least) to \(range.most)"
  }

  private static func runs(_ rates: [Int]) -> String {
    rates.map(String.init).joined(separator: ", ")
  }
}
