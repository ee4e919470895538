import Glibc

/// Takes what a mask leaves of the noise further down while nobody speaks.
///
/// A mask is least sure of itself in pauses, where all there is to hear is what it leaves: it lets the
/// noise up for half a second after one word and not after the next. The network's second output, the
/// presence of speech, is surer of that. So all gains are multiplied with G^(1 - p), as where speech
/// presence steers a gain in I. Cohen and B. Berdugo, "Speech enhancement for non-stationary noise
/// environments", Signal Processing 81 (2001); G is -12 dB. Here p is 1 from a presence of a tenth
/// on, for a word that is cut costs more than noise that is heard, is there within the hop, and falls
/// by a factor e in 0.15 s.
struct Expander {
  /// dB that are taken when nobody has spoken for a while.
  static let range: Float = 12
  /// The presence from which on nothing is taken.
  static let threshold: Float = 0.1
  /// Seconds.
  static let release = 0.15

  private let decay: Float
  /// 1 while somebody speaks, and towards 0 when nobody does.
  private var openness: Float = 1
  /// What the mask's gains are multiplied with.
  var gain: Float { pow(10, -Self.range / 20 * (1 - openness)) }

  /// - Parameter hopSeconds: what a hop lasts, 0.008 or 0.004.
  init(hopSeconds: Double) {
    decay = Float(exp(-hopSeconds / Self.release))
  }

  /// Moves on by one hop.
  ///
  /// - Parameter presence: the probability that somebody speaks in it, 0...1.
  mutating func advance(presence: Float) {
    openness = max(min(presence / Self.threshold, 1), openness * decay)
  }

  mutating func reset() { openness = 1 }
}
