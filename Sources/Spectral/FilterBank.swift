import Glibc

/// Bands over the 257 bins up to 8 kHz: levels of bands are made of those of bins, gains of bins of
/// those of bands.
///
/// The lowest 64 bands are bins 0...63, each its own. From there on the centres are equally spaced
/// on a scale of hearing, 21.4 log10(1 + 0.00437 f) with f in Hz, up to bin 256: the ERB rate of
/// B. R. Glasberg and B. C. J. Moore, "Derivation of auditory filter shapes from notched-noise data",
/// Hearing Research 47, 1990. Bins lie at k * 31.25 Hz; between them the scale is taken as straight.
///
/// A bin hears the two bands about it, each by its nearness to that band's centre. After `init`
/// nothing changes and nothing is allocated.
public final class FilterBank {
  /// Bins that bands are made of.
  public static let bins = 257
  /// How many bands there may be: more than those that are bins of their own, and none so narrow that
  /// no bin lies in it.
  public static let counts = 65...200
  /// Zeros that have to follow the bins of `average`.
  public static let padding = Lanes.scalarCount - 1

  /// How many bands.
  public let count: Int
  /// Where the bands have their centres, in bins.
  let centres: [Double]

  /// Bands that are bins of their own, less the last, which hears some of the bins above it too.
  private static let single = 63
  /// For each band from `single` on, its first bin and where its weights end in `weights`.
  private let starts: UnsafeMutablePointer<Int>
  private let ends: UnsafeMutablePointer<Int>
  /// Those bands' weights one after the other, each a whole number of lanes; a band's sum to 1.
  private let weights: UnsafeMutablePointer<Float>
  /// For each bin from `single` on, the band below it, and how far it is from there to the next, 0...1.
  private let below: UnsafeMutablePointer<Int>
  private let shares: UnsafeMutablePointer<Float>

  /// - Precondition: `FilterBank.counts` contains `count`.
  public init(count: Int) {
    precondition(Self.counts.contains(count), "the number of bands is out of range")
    self.count = count
    centres = Self.centres(count)
    let (first, bins, width) = (Self.single, Self.bins, Lanes.scalarCount)
    below = .allocate(capacity: bins - first)
    shares = .allocate(capacity: bins - first)
    var columns = [[Double]](repeating: [Double](repeating: 0, count: bins), count: count)
    for k in first..<bins {
      let band = min((centres.lastIndex { $0 <= Double(k) } ?? 0), count - 2)
      let share = (Double(k) - centres[band]) / (centres[band + 1] - centres[band])
      columns[band][k] = 1 - share
      columns[band + 1][k] = share
      (below + (k - first)).initialize(to: band)
      (shares + (k - first)).initialize(to: Float(share))
    }
    starts = .allocate(capacity: count - first)
    ends = .allocate(capacity: count - first)
    var all: [Float] = []
    for (band, column) in columns.enumerated().dropFirst(first) {
      let sum = column.reduce(0, +)
      let start = column.firstIndex { $0 > 0 } ?? 0
      let end = (column.lastIndex { $0 > 0 } ?? 0) + 1
      all += column[start..<end].map { Float($0 / sum) }
      all += [Float](repeating: 0, count: (width - (end - start) % width) % width)
      (starts + (band - first)).initialize(to: start)
      (ends + (band - first)).initialize(to: all.count)
    }
    weights = .allocate(capacity: all.count)
    for (n, weight) in all.enumerated() { (weights + n).initialize(to: weight) }
  }

  deinit {
    starts.deallocate()
    ends.deallocate()
    weights.deallocate()
    below.deallocate()
    shares.deallocate()
  }

  /// The weighted mean of the bins of each band.
  ///
  /// - Parameters:
  ///   - bins: `FilterBank.bins` finite numbers, such as powers, and behind them `padding` zeros.
  ///   - bands: room for `count` numbers.
  public func average(_ bins: UnsafePointer<Float>, into bands: UnsafeMutablePointer<Float>) {
    let first = Self.single
    bands.update(from: bins, count: first)
    var n = 0
    var band = first
    while band < count {
      var at = bins + starts[band &- first]
      let end = ends[band &- first]
      var sum = Lanes()
      while n < end {
        sum += at.lanes(at: 0) * weights.lanes(at: n)
        at += Lanes.scalarCount
        n &+= Lanes.scalarCount
      }
      bands[band] = sum.sum()
      band &+= 1
    }
  }

  /// Numbers for bins on the straight lines between those of the bands.
  ///
  /// - Parameters:
  ///   - bands: `count` numbers, such as gains.
  ///   - bins: room for `present` numbers; each lies between those of two bands.
  ///   - present: how many bins, from 0 Hz, there are; no more than `FilterBank.bins` are written.
  public func interpolate(
    _ bands: UnsafePointer<Float>, into bins: UnsafeMutablePointer<Float>, present: Int
  ) {
    let (first, end) = (Self.single, min(Self.bins, present))
    bins.update(from: bands, count: min(first, end))
    var k = first
    while k < end {
      let band = below[k &- first]
      bins[k] = bands[band] + (bands[band &+ 1] - bands[band]) * shares[k &- first]
      k &+= 1
    }
  }

  private static func centres(_ count: Int) -> [Double] {
    // Bins on the scale of hearing.
    let places = (0..<bins).map { 21.4 * log10(1 + 0.00437 * 31.25 * Double($0)) }
    let (from, to) = (places[single], places[bins - 1])
    var centres = (0...single).map { Double($0) }
    let steps = count - 1 - single
    for n in 1..<steps {
      let place = from + (to - from) * Double(n) / Double(steps)
      let bin = places.lastIndex { $0 <= place } ?? 0
      centres.append(Double(bin) + (place - places[bin]) / (places[bin + 1] - places[bin]))
    }
    return centres + [Double(bins - 1)]
  }
}
