import Glibc
import S5
import Spectral
import Testing

@testable import Hush

/// All sets of features against their definition, in double precision.
@Suite struct FeatureSetTests {
  struct Kind: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let features: Model.FrontEnd.Features
    let bands: Int?
    let fine: Int
  }

  static let kinds = [
    Kind(testDescription: "bands", features: all, bands: 104, fine: 96),
    // No whole lanes anywhere.
    Kind(testDescription: "odd bands", features: all, bands: 101, fine: 3),
    Kind(testDescription: "bins", features: all, bands: nil, fine: 257),
    Kind(testDescription: "odd phases", features: [.logMean, .phase], bands: 65, fine: 94),
    Kind(testDescription: "short", features: [.logMean, .logShort], bands: nil, fine: 0),
    Kind(
      testDescription: "floor", features: [.logMean, .logLevel, .logFloor], bands: 80, fine: 0),
  ]

  static let all: Model.FrontEnd.Features = [.logMean, .logLevel, .logFloor, .logShort, .phase]

  static func frontEnd(_ kind: Kind) -> Model.FrontEnd {
    Model.FrontEnd(
      floor: 1e-10, meanTime: 0.7, inputExponent: 11, features: kind.features, bands: kind.bands,
      fine: kind.fine)
  }

  @Test(arguments: [8000, 16000, 44100, 48000], kinds)
  func followTheirDefinition(rate: Int, kind: Kind) {
    let frontEnd = Self.frontEnd(kind)
    let framing = Framing(rate: rate)
    let analysis = Analysis(framing)
    let spectrum = Spectrum(count: framing.bins)
    let extractor = FeatureExtractor(frontEnd)
    var definition = Definition(frontEnd)
    var noise = Noise(seed: 22)
    for t in 0..<25 {
      // Loud and soft, and silence at first.
      let level = Float(t % 6) * 0.1 * (t > 12 ? 0.01 : 1)
      let hop = (0..<framing.hop).map { _ in noise.next() * level }
      analysis.push(hop, into: spectrum)
      extractor.push(spectrum)
      let expected = definition.push(spectrum)
      #expect(extractor.count == expected.count)
      for (k, value) in expected.enumerated() {
        let scaled = min(max(value * 2048, -32768), 32767)
        if abs(Double(extractor.features[k]) - scaled) >= 0.65 {
          Issue.record("feature \(k) of hop \(t) is \(extractor.features[k]), not \(scaled)")
          return
        }
      }
    }
  }

  @Test(arguments: kinds)
  func resetIsLikeNew(kind: Kind) {
    let extractor = FeatureExtractor(Self.frontEnd(kind))
    let spectrum = Spectrum(count: 257)
    func run() -> [Int16] {
      var noise = Noise(seed: 23)
      var all: [Int16] = []
      for _ in 0..<5 {
        for k in 0..<257 { (spectrum.re[k], spectrum.im[k]) = (noise.next(), noise.next()) }
        extractor.push(spectrum)
        all += UnsafeBufferPointer(start: extractor.features, count: extractor.count)
      }
      return all
    }
    let first = run()
    #expect(run() != first)
    extractor.reset()
    #expect(run() == first)
  }

  /// A tone turns as much as it is off its bin's centre, at every rate.
  @Test(arguments: [8000, 16000, 44100, 48000], [437.5, 1000, 1010])
  func aToneTurnsSteadily(rate: Int, frequency: Double) {
    let kind = Self.kinds[0]
    let framing = Framing(rate: rate)
    let analysis = Analysis(framing)
    let spectrum = Spectrum(count: framing.bins)
    let extractor = FeatureExtractor(Self.frontEnd(kind))
    var at = 0
    for _ in 0..<12 {
      let hop = (0..<framing.hop).map { n in
        Float(0.3 * sin(2 * Double.pi * frequency * Double(at + n) / Double(rate)))
      }
      at += framing.hop
      analysis.push(hop, into: spectrum)
      extractor.push(spectrum)
    }
    let binWidth = Double(rate) / Double(framing.window)
    let k = Int((frequency / binWidth).rounded())
    let turn = 2 * Double.pi * (frequency / binWidth - Double(k)) / 4
    let start = 4 * 104
    let (re, im) = (extractor.features[start + k], extractor.features[start + 96 + k])
    #expect(abs(Double(re) / 2048 - cos(turn)) < 2e-3)
    #expect(abs(Double(im) / 2048 - sin(turn)) < 2e-3)
  }
}

/// The features, slowly.
private struct Definition {
  let frontEnd: Model.FrontEnd
  let levels: Int
  /// [bins, bands], or nothing.
  let columns: [[Double]]
  var means: [Double]
  var common = 0.0
  var smooth: [Double]
  var noise: [Double]
  var short: [Double]
  var last: [(re: Double, im: Double)]
  var hops = 0.0

  init(_ frontEnd: Model.FrontEnd) {
    self.frontEnd = frontEnd
    levels = frontEnd.bands ?? 257
    let zeros = [Double](repeating: 0, count: levels)
    (means, smooth, noise, short) = (zeros, zeros, zeros, zeros)
    last = Array(repeating: (0, 0), count: frontEnd.fine)
    columns =
      frontEnd.bands.map { count in
        let bank = FilterBank(count: count)
        return (0..<count).map { band in
          var gains = [Float](repeating: 0, count: count)
          gains[band] = 1
          var bins = [Float](repeating: 0, count: 257)
          bank.interpolate(gains, into: &bins, present: 257)
          return bins.map { Double($0) }
        }
      } ?? []
  }

  mutating func push(_ spectrum: Spectrum) -> [Double] {
    hops += 1
    let bins = (0..<257).map { k -> (re: Double, im: Double) in
      k < spectrum.count ? (Double(spectrum.re[k]), Double(spectrum.im[k])) : (0, 0)
    }
    let powers = bins.map { $0.re * $0.re + $0.im * $0.im }
    let level = (0..<levels).map { j in
      guard !columns.isEmpty else { return log10(powers[j] + Double(frontEnd.floor)) }
      let sum = zip(columns[j], powers).reduce(0) { $0 + $1.0 * $1.1 }
      return log10(sum / columns[j].reduce(0, +) + Double(frontEnd.floor))
    }
    func rate(_ time: Double) -> Double { max(1 - exp(-frontEnd.hop / time), 1 / hops) }
    var features: [Double] = []
    for j in 0..<levels {
      means[j] += rate(Double(frontEnd.meanTime)) * (level[j] - means[j])
      features.append(level[j] - means[j])
    }
    if frontEnd.features.contains(.logLevel) {
      common += rate(Double(frontEnd.meanTime)) * (level.reduce(0, +) / Double(levels) - common)
      features += level.map { $0 - common }
    }
    if frontEnd.features.contains(.logFloor) {
      for j in 0..<levels {
        smooth[j] += rate(0.03) * (level[j] - smooth[j])
        noise[j] += rate(smooth[j] > noise[j] ? 2 : 0.06) * (smooth[j] - noise[j])
        features.append(level[j] - noise[j])
      }
    }
    if frontEnd.features.contains(.logShort) {
      for j in 0..<levels {
        short[j] += rate(0.05) * (level[j] - short[j])
        features.append(level[j] - short[j])
      }
    }
    if frontEnd.features.contains(.phase) {
      var turned: [(re: Double, im: Double)] = []
      for k in 0..<frontEnd.fine {
        let (a, b) = (bins[k], last[k])
        let size = (powers[k] * (b.re * b.re + b.im * b.im)).squareRoot() + Double(frontEnd.floor)
        var z = ((a.re * b.re + a.im * b.im) / size, (a.im * b.re - a.re * b.im) / size)
        for _ in 0..<k % 4 { z = (z.1, -z.0) }
        turned.append((re: z.0, im: z.1))
        last[k] = a
      }
      features += turned.map(\.re) + turned.map(\.im)
    }
    return features
  }
}
