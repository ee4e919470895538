import Glibc

/// Tells how late the loudspeaker is after the microphone: by where in the microphone's sound that
/// is which was played.
public struct DelayMeter: Sendable {
  public struct Reading: Sendable {
    /// From microphone to loudspeaker.
    public var milliseconds: Double
    /// How like the two are, 0...1: what was played beside what was heard.
    public var likeness: Double
  }

  private let card: VirtualCard
  private let sound: [Float]
  private let rate: Int
  private let channels: Int
  private let longest: Double

  /// - Parameters:
  ///   - card: its microphone hears one channel, `options.sound`.
  ///   - channels: how many the loudspeaker was opened with.
  ///   - longest: seconds of delay that are looked for.
  public init(_ card: VirtualCard, channels: Int = 1, longest: Double = 0.3) {
    precondition(card.options.soundChannels == 1 && !card.options.sound.isEmpty)
    self.card = card
    sound = card.options.sound
    rate = card.options.rates[0]
    self.channels = channels
    self.longest = longest
  }

  /// What the loudspeaker played in the seconds that ended so long ago; nil where it did not yet.
  public func played(seconds: Double, ago: Double) -> (first: Int, samples: [Float])? {
    let now = card.frame(at: VirtualCard.now(), .playback)
    let count = Int(seconds * Double(rate))
    let first = Int(now - ago * Double(rate)) - count
    guard first >= 0 else { return nil }
    let all = card.heard(first * channels..<(first + count) * channels)
    guard all.count == count * channels else { return nil }
    return (first, stride(from: 0, to: all.count, by: channels).map { all[$0] })
  }

  /// The delay of the last piece that was played.
  ///
  /// - Parameters:
  ///   - seconds: the piece's length.
  ///   - ago: when it ended.
  ///   - near: milliseconds to look around at first; nil: everywhere.
  public func reading(seconds: Double, ago: Double = 0.02, near: Double? = nil) -> Reading? {
    guard let (first, samples) = played(seconds: seconds, ago: ago) else { return nil }
    return reading(of: samples, playedFrom: first, near: near)
  }

  /// The delay of a piece whose first frame is the loudspeaker's frame `first`.
  public func reading(of piece: [Float], playedFrom first: Int, near: Double? = nil) -> Reading? {
    if let near {
      let middle = Int(near / 1e3 * Double(rate))
      let way = rate / 50
      let range = max(0, middle - way)...middle + way
      if let (reading, isInside) = find(piece, first, range), isInside { return reading }
    }
    return find(piece, first, 0...Int(longest * Double(rate)))?.0
  }

  private func find(
    _ piece: [Float], _ first: Int, _ lags: ClosedRange<Int>
  ) -> (Reading, isInside: Bool)? {
    let count = piece.count
    let energy = piece.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard count > 0, energy > 1e-6 * Double(count) else { return nil }
    // At the middle of the piece, since two clocks drift apart within it.
    let heardAt = card.time(ofFrame: Double(first) + Double(count) / 2, .playback)
    let caught = card.frame(at: heardAt, .capture)
    let middle = Int(caught.rounded())
    // The sound from the longest lag on, and past the shortest.
    let start = middle - count / 2 - lags.upperBound - 1
    let length = lags.count + count + 2
    var heard = [Float](repeating: 0, count: length)
    var place = start % sound.count
    if place < 0 { place += sound.count }
    for n in 0..<length {
      heard[n] = sound[place]
      place += 1
      if place == sound.count { place = 0 }
    }
    var scores = [Double](repeating: 0, count: lags.count + 2)
    piece.withUnsafeBufferPointer { piece in
      heard.withUnsafeBufferPointer { heard in
        var power = 0.0
        for n in 0..<count { power += Double(heard[n] * heard[n]) }
        for k in scores.indices {
          var sum: Float = 0
          var n = 0
          while n < count {
            sum += piece[n] * heard[k &+ n]
            n &+= 1
          }
          scores[k] = power > 1e-9 ? Double(sum) / (power * energy).squareRoot() : 0
          if k + 1 < scores.count {
            power += Double(heard[k + count] * heard[k + count] - heard[k] * heard[k])
          }
        }
      }
    }
    var best = 1
    for k in 1..<scores.count - 1 where scores[k] > scores[best] { best = k }
    let (left, top, right) = (scores[best - 1], scores[best], scores[best + 1])
    let bend = left - 2 * top + right
    let part = bend < 0 ? max(-0.5, min(0.5, 0.5 * (left - right) / bend)) : 0
    // k = 1 is the longest lag.
    let lag = Double(lags.upperBound + 1 - best) - part + (caught - Double(middle))
    return (
      Reading(milliseconds: lag / Double(rate) * 1e3, likeness: top),
      best > 1 && best < scores.count - 2
    )
  }
}
