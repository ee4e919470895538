/// How much of the speech is gone at its edges.
///
/// Measured in pieces of 10 ms (20 at word ends), of which each counts alike: the first 10 ms of a t
/// hold little of its energy and make it a t. The loss of a piece is how far what is left of the clean
/// sound is down, in dB: the output's projection on it, so that noise that comes through does not pass
/// for speech; 20 dB are gone for good. Pieces that the noise hides do not count.
struct EdgeLoss {
  /// Of each onset, and of each end, in dB.
  private(set) var onsets: [Double] = []
  private(set) var ends: [Double] = []

  init() {}

  init(_ output: [Float], clean: [Float], noise: [Float]?, _ band: Band) {
    let (heard, speech, noise) = (band.of(output), band.of(clean), noise.map(band.of))
    func loss(_ range: Range<Int>, piece: Int) -> Double {
      let pieces = stride(from: range.lowerBound, to: range.upperBound, by: piece)
        .compactMap { start -> Double? in
          let part = start..<start + piece
          guard WordEdges.isHeard(speech, noise, part) else { return nil }
          return projectionLoss(of: speech, in: heard, part, most: 20)
        }
      return pieces.mean
    }
    let edges = WordEdges(speech, noise: noise)
    onsets = edges.onsets.map {
      loss($0..<$0 + WordEdges.onset, piece: WordEdges.onsetPiece)
    }
    ends = edges.ends.map { loss($0 - WordEdges.end..<$0, piece: WordEdges.endPiece) }
  }

  static func += (sum: inout EdgeLoss, other: EdgeLoss) {
    sum.onsets += other.onsets
    sum.ends += other.ends
  }

  /// A sound 3 dB down at its edge is a little softer and still itself; a gate that takes 10 ms of
  /// every onset has a median of 5, as a quarter of it is gone.
  static let median = 3.0
  /// One in ten may be dull, as breaths and creaks are, which are no speech; 10 would be half of the
  /// onset gone.
  static let ninth = 8.0

  static func holds(_ losses: [Double]) -> Bool {
    losses.quantile(0.5) < median && losses.quantile(0.9) < ninth
  }

  static func describe(_ losses: [Double]) -> String {
    "\(losses.count) edges, median \(tenths(losses.quantile(0.5))), "
      + "90 % under \(tenths(losses.quantile(0.9))), worst \(tenths(losses.max() ?? 0)) dB"
  }
}
