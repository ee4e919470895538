/// Where sounds begin and words end in clean speech, found by its level alone.
///
/// The level is that of 10 ms, each 5 ms, against the mean level of the clip in the band. A sharp onset
/// rises from under -30 dB to over -15 dB within 40 ms; a word's end is the same backwards, within 100
/// ms, as sounds die away slower than they start. Lower marks, such as -45 dB, would lie under the
/// rooms of the recordings themselves.
///
/// In noise a sound begins with the first 10 ms, and a word ends with the last 20, in which the speech
/// stands 10 dB above it: who cannot hear a sound cannot miss it. An edge with nothing of that kind is
/// none.
struct WordEdges {
  /// First samples of the onsets.
  let onsets: [Int]
  /// Past the last samples of the ends.
  let ends: [Int]

  /// - Parameters:
  ///   - speech: the clean speech in a band.
  ///   - noise: what is mixed with it, in the band.
  init(_ speech: [Float], noise: [Float]?) {
    onsets = Self.rises(speech, within: 8, room: 2 * Self.onset).compactMap { start in
      stride(from: start, to: start + Self.onset, by: Self.onsetPiece)
        .first { Self.isHeard(speech, noise, $0..<$0 + Self.onsetPiece) }
    }
    ends = Self.rises(speech.reversed(), within: 20, room: 2 * Self.end).reversed().compactMap {
      let end = speech.count - $0
      return stride(from: end, to: end - Self.end, by: -Self.endPiece)
        .first { Self.isHeard(speech, noise, $0 - Self.endPiece..<$0) }
    }
  }

  static func isHeard(_ speech: [Float], _ noise: [Float]?, _ range: Range<Int>) -> Bool {
    guard let noise else { return true }
    return speech[range].energy >= 10 * noise[range].energy
  }

  /// Samples after an onset that are looked at: 40 ms.
  static let onset = 640
  /// Samples before an end: 60 ms.
  static let end = 960
  static let onsetPiece = 160
  static let endPiece = 320

  private static let step = 80

  private static func rises(_ band: [Float], within span: Int, room: Int) -> [Int] {
    let reference = band.energy / Double(band.count)
    let pieces = stride(from: 0, through: band.count - step, by: step).map {
      band[$0..<$0 + step].energy
    }
    var found: [Int] = []
    var quiet: Int?
    for i in 0..<pieces.count - 1 {
      let level = decibels((pieces[i] + pieces[i + 1]) / Double(2 * step), over: reference)
      if level < -30 {
        quiet = i
      } else if level > -15, let last = quiet {
        let start = (last + 1) * step
        // Not the cut at the clip's beginning.
        if i - last <= span, last > 20, start + room <= band.count { found.append(start) }
        quiet = nil
      }
    }
    return found
  }
}
