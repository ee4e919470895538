import AudioIO
import Hush

/// The presence of speech, hop by hop, as a table that spreadsheets read: `time,presence`, the hop's
/// begin in seconds and the probability that somebody speaks in it, 0 to 1.
final class PresenceSheet {
  private let file: AtomicFile
  private let hopSeconds: Double
  private var hops = 0
  private var text = "time,presence\n"

  /// - Parameters:
  ///   - hop: frames of it.
  ///   - rate: frames a second.
  init(path: String, replacing: Bool, hop: Int, rate: Int) throws(SoundFileError) {
    file = try AtomicFile(path: path, replacing: replacing)
    hopSeconds = Double(hop) / Double(rate)
  }

  /// Of hop after hop, from the first. One without a mask has no presence, and an empty field.
  func add(_ presence: Float?) throws(SoundFileError) {
    text += decimals(Double(hops) * hopSeconds, 4) + ","
    text += (presence.map { decimals(Double($0), 4) } ?? "") + "\n"
    hops += 1
    if text.utf8.count > 1 << 16 { try flush() }
  }

  func commit() throws(SoundFileError) {
    try flush()
    try file.commit()
  }

  private func flush() throws(SoundFileError) {
    try file.write(text)
    text = ""
  }
}
