import Glibc
import Testing

@testable import Spectral

@Suite struct FilterBankTests {
  static let counts = [65, 80, 104, 128, 200]

  static func interpolated(_ bank: FilterBank, _ bands: [Float]) -> [Float] {
    var bins = [Float](repeating: 0, count: FilterBank.bins)
    bank.interpolate(bands, into: &bins, present: FilterBank.bins)
    return bins
  }

  static func averaged(_ bank: FilterBank, _ bins: [Float]) -> [Float] {
    var bands = [Float](repeating: 0, count: bank.count)
    bank.average(bins + [Float](repeating: 0, count: FilterBank.padding), into: &bands)
    return bands
  }

  @Test(arguments: counts)
  func centresAreBinsThenAsHearingIs(count: Int) {
    let centres = FilterBank(count: count).centres
    #expect(centres.count == count && centres.last == 256)
    #expect(Array(centres[..<64]) == (0..<64).map { Double($0) })
    let places = centres[63...].map { 21.4 * log10(1 + 0.00437 * 31.25 * $0) }
    let step = (places.last! - places[0]) / Double(count - 64)
    for (one, next) in zip(places, places.dropFirst()) {
      // The scale is straight between bins.
      #expect(abs(next - one - step) < 1e-3)
    }
  }

  /// As numpy has them.
  @Test func centresAreTheTrainers() {
    let centres = FilterBank(count: 104).centres
    for (band, centre) in [(64, 65.36146659), (84, 133.32385681), (102, 247.45083082)] {
      #expect(abs(centres[band] - centre) < 1e-8)
    }
  }

  @Test(arguments: counts)
  func whatIsTheSameEverywhereStays(count: Int) {
    let bank = FilterBank(count: count)
    let ones = [Float](repeating: 1, count: FilterBank.bins)
    #expect(Self.averaged(bank, ones).allSatisfy { abs($0 - 1) < 1e-6 })
    // Exactly, so that an open mask leaves the sound as it is.
    #expect(Self.interpolated(bank, Array(ones[..<count])) == ones)
  }

  @Test(arguments: counts)
  func binsLieOnStraightLinesBetweenBands(count: Int) {
    let bank = FilterBank(count: count)
    let bins = Self.interpolated(bank, bank.centres.map { Float($0) })
    for (k, value) in bins.enumerated() { #expect(abs(value - Float(k)) < 1e-4) }
    var noise = Noise(seed: 5)
    let gains = noise.samples(count)
    let spread = Self.interpolated(bank, gains)
    #expect(Array(spread[..<64]) == Array(gains[..<64]))
    #expect(spread.max()! <= gains.max()! + 1e-6 && spread.min()! >= gains.min()! - 1e-6)
  }

  /// Averaging weighs bins as interpolation does, each band's weights summing to 1.
  @Test(arguments: counts)
  func averagingMirrorsInterpolation(count: Int) {
    let bank = FilterBank(count: count)
    var columns: [[Float]] = []
    for band in 0..<count {
      var bands = [Float](repeating: 0, count: count)
      bands[band] = 1
      columns.append(Self.interpolated(bank, bands))
    }
    var noise = Noise(seed: 6)
    let powers = noise.samples(FilterBank.bins).map { $0 * $0 }
    let averages = Self.averaged(bank, powers)
    for (band, column) in columns.enumerated() {
      let sum = column.reduce(0) { $0 + Double($1) }
      #expect(sum > 0.3)
      let expected = zip(column, powers).reduce(0) { $0 + Double($1.0) * Double($1.1) } / sum
      #expect(abs(Double(averages[band]) - expected) < 1e-6, "band \(band)")
    }
  }

  @Test(arguments: [1, 63, 64, 129, 256, 257, 400])
  func noMoreBinsAreWrittenThanThereAre(present: Int) {
    let bank = FilterBank(count: 104)
    var noise = Noise(seed: 7)
    let gains = noise.samples(104)
    var bins = [Float](repeating: 9, count: 400)
    bank.interpolate(gains, into: &bins, present: present)
    let written = min(present, FilterBank.bins)
    #expect(Array(bins[..<written]) == Array(Self.interpolated(bank, gains)[..<written]))
    #expect(bins[written...].allSatisfy { $0 == 9 })
  }
}
