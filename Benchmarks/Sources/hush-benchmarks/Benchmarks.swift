import AllocationCounter
import CKernels
import CKissFFT
import CModel
import Foundation

@testable import Hush
@testable import S5
@testable import Spectral

/// Everything the page docs/kernels.md says in figures: `make bench`.
///
///     hush-benchmarks <folder for results> [<model file>...]
@main struct Benchmarks {
  static let rounds = 300

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count > 1 else { return print("usage: hush-benchmarks <folder> [<model>...]") }
    let folder = URL(filePath: arguments[1])
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var report = ["One core of \(processor()). Medians of \(rounds) rounds, all side by side.\n"]
    report.append(try network(folder))
    report.append(try patterns(folder))
    report.append(packing())
    report.append(layers())
    for path in arguments.dropFirst(2) { report.append(try steps(Model(path: path))) }
    report.append(steps(.standard))
    report.append(try hop(folder))
    report.append(transforms())
    report.append(scaling())
    report.append(startUp())
    let text = report.joined(separator: "\n")
    try text.write(to: folder.appending(path: "results.md"), atomically: true, encoding: .utf8)
    print(text)
  }

  static func processor() -> String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line.map { String($0.drop { $0 != ":" }.dropFirst(2)) } ?? "an unnamed processor"
  }

  static func table(_ kernels: Kernels) -> UnsafePointer<hush_kernels> {
    var count: Int32 = 0
    let first = hush_kernels_available(&count)!
    return (0..<Int(count)).map { first[$0]! }.first {
      String(cString: $0.pointee.name) == kernels.name
    }!
  }

  private static func all(_ products: [Product]) -> () -> Void {
    let list = UnsafeMutableBufferPointer<Product>.allocate(capacity: products.count)
    _ = list.initialize(from: products)
    return { for product in list { product.run() } }
  }

  /// The matrices of the shipped model, one after the other, by every kernel.
  static func network(_ folder: URL) throws -> String {
    let weights = Weights.of(.standard)
    var contest = Contest(rounds: rounds)
    for kernels in Kernels.available {
      let (table, name) = (table(kernels), kernels.name)
      let (sparse, dense) = (hush_layout_sparse, hush_layout_dense)
      contest.add("\(name) sparse", all(weights.map { $0.product(table, sparse) }))
      contest.add("\(name) dense int8", all(weights.map { $0.product(table, dense) }))
      contest.add("\(name) sparse, 8 bits", all(weights.map { $0.narrowProduct(table, sparse) }))
      contest.add("\(name) dense, 8 bits", all(weights.map { $0.narrowProduct(table, dense) }))
    }
    contest.add("CSR") { for matrix in weights { matrix.multiplyCSR() } }
    contest.add("dense float32") { for matrix in weights { matrix.multiplyFloats() } }
    let outcomes = contest.run()
    var rows = Table("matrices of a step, shipped model", "us", "fastest takes 1 /")
    var chart = Chart("All matrices of one hop, shipped model", unit: "us")
    for outcome in outcomes {
      rows.add(outcome.name, fixed(outcome.median), fixed(ratio(outcome, outcomes[0])))
      if !outcome.name.hasPrefix("scalar") && !outcome.name.hasSuffix("bits") {
        let group = outcome.name.hasSuffix("sparse") ? 0 : outcome.name.hasSuffix("int8") ? 1 : 2
        chart.add(outcome.name, outcome.median, group: group)
      }
    }
    try chart.svg.write(
      to: folder.appending(path: "network.svg"), atomically: true, encoding: .utf8)
    return rows.text
  }

  /// Random matrices of the network's shapes at each pattern, against dense int8.
  static func patterns(_ folder: URL) throws -> String {
    let patterns: [(String, Pattern)] = [
      ("unstructured 90 %", .unstructured), ("4:16", .window16(4)), ("2:16", .window16(2)),
      ("1:16", .window16(1)),
    ]
    var rows = Table("pattern", "kernels", "sparse us", "dense us", "dense / sparse")
    var chart = Chart("How much faster than dense int8 on the same instructions", unit: "x")
    for kernels in Kernels.available where kernels.name != "scalar" {
      let table = table(kernels)
      for (name, pattern) in patterns {
        let weights = Weights.random(like: .standard, pattern)
        var contest = Contest(rounds: rounds)
        contest.add("sparse", all(weights.map { $0.product(table, hush_layout_sparse) }))
        contest.add("dense", all(weights.map { $0.product(table, hush_layout_dense) }))
        let outcomes = contest.run()
        let gain = ratio(outcomes[1], outcomes[0])
        rows.add(
          name, kernels.name, fixed(outcomes[0].median), fixed(outcomes[1].median), fixed(gain))
        chart.add("\(kernels.name), \(name)", gain, group: pattern == .unstructured ? 0 : 3)
      }
    }
    try chart.svg.write(
      to: folder.appending(path: "patterns.svg"), atomically: true, encoding: .utf8)
    return rows.text
  }

  /// How well the packed form is filled: words for each non-zero.
  static func packing() -> String {
    var rows = Table(
      "words a non-zero", "windows fixed", "rows ordered", "windows slide", "both")
    let sets: [(String, [Weights])] = [
      ("shipped model", Weights.of(.standard)),
      ("random 90 %", Weights.random(like: .standard, .unstructured)),
      ("2:16", Weights.random(like: .standard, .window16(2))),
    ]
    for kernels in Kernels.available where kernels.name != "scalar" {
      let table = table(kernels)
      for (name, weights) in sets {
        let nonZeros = weights.reduce(0) { $0 + $1.nonZeros }
        let cells = [(true, false), (true, true), (false, false), (false, true)].map { how in
          let words = weights.reduce(0) { $0 + $1.words(table, aligned: how.0, ordered: how.1) }
          return fixed(Double(words) / Double(nonZeros))
        }
        rows.add("\(kernels.name), \(name)", cells[0], cells[1], cells[2], cells[3])
      }
    }
    return rows.text
  }

  /// Every kernel at each layer's shape.
  static func layers() -> String {
    Kernels.available.filter { $0.name != "scalar" }.map { layers($0) }.joined(separator: "\n")
  }

  private static func layers(_ kernels: Kernels) -> String {
    let table = table(kernels)
    var rows = Table(
      "layer, \(kernels)", "rows x columns", "density %", "sparse us", "dense int8 us", "CSR us",
      "float32 us")
    for weights in Weights.of(.standard) {
      var contest = Contest(rounds: rounds / 3)
      contest.add("sparse", all([weights.product(table, hush_layout_sparse)]))
      contest.add("dense", all([weights.product(table, hush_layout_dense)]))
      contest.add("CSR") { weights.multiplyCSR() }
      contest.add("float") { weights.multiplyFloats() }
      let times = contest.run().map { fixed($0.median) }
      let density = 100 * Double(weights.nonZeros) / Double(weights.dense.count)
      rows.add(
        weights.name, "\(weights.rows) x \(weights.columns)", fixed(density, 1), times[0],
        times[1], times[2], times[3])
    }
    return rows.text
  }

  /// A whole step of a model: the matrices sparse, or the same ones dense.
  static func steps(_ model: Model) -> String {
    var rows = Table("step of \(model.name)", "sparse us", "dense us", "dense / sparse")
    let features = (0..<model.architecture.features).map { Int16(truncatingIfNeeded: $0 &* 7919) }
    for kernels in Kernels.available where kernels.name != "scalar" {
      var contest = Contest(rounds: rounds)
      for layout in [hush_layout_smallest, hush_layout_dense] {
        let network = FixedPointNetwork(PackedWeights(model, kernels, layout))
        var mask = [Int16](repeating: 0, count: model.architecture.outputs)
        contest.add("") { network.step(features, into: &mask) }
      }
      let outcomes = contest.run()
      rows.add(
        kernels.name, fixed(outcomes[0].median), fixed(outcomes[1].median),
        fixed(ratio(outcomes[1], outcomes[0])))
    }
    return rows.text
  }

  /// Everything between 8 ms of samples in and 8 ms out, and what is allocated meanwhile.
  static func hop(_ folder: URL) throws -> String {
    var rows = Table("whole hop, 16 kHz mono", "median us", "best us", "allocations in 1000 hops")
    var chart = Chart("One hop of 8 ms: 16 kHz, mono", unit: "us")
    var contest = Contest(rounds: 3 * rounds)
    var counts: [Int] = []
    let noise = (0..<128).map { _ in Float.random(in: -0.1...0.1) }
    for kernels in Kernels.available {
      let denoiser = try Denoiser(model: .standard, rate: 16000, channels: 1) {
        FixedPointNetwork(PackedWeights(.standard, kernels))
      }
      var output = noise
      let run = {
        noise.withUnsafeBufferPointer { input in
          output.withUnsafeMutableBufferPointer { denoiser.process(input, into: $0) }
        }
      }
      run()
      let before = hush_allocation_count()
      for _ in 0..<1000 { run() }
      counts.append(hush_allocation_count() - before)
      contest.add(kernels.name, run)
    }
    for (outcome, count) in zip(contest.run(), counts) {
      rows.add(outcome.name, fixed(outcome.median), fixed(outcome.best), "\(count)")
      if outcome.name != "scalar" { chart.add(outcome.name, outcome.median, group: 0) }
    }
    try chart.svg.write(to: folder.appending(path: "hop.svg"), atomically: true, encoding: .utf8)
    return rows.text
  }

  /// Real transforms against kissfft.
  static func transforms() -> String {
    var rows = Table(
      "real FFT", "ours us", "kissfft us", "kissfft / ours", "inverse, ours us", "kissfft us",
      "kissfft / ours")
    for size in [512, 1024, 1408, 1536] {
      let fft = RealFFT(size: size)
      let spectrum = Spectrum(count: size / 2 + 1)
      let (forward, inverse) = (
        kiss_fftr_alloc(Int32(size), 0, nil, nil)!, kiss_fftr_alloc(Int32(size), 1, nil, nil)!
      )
      let samples = UnsafeMutablePointer<Float>.allocate(capacity: size)
      for n in 0..<size { (samples + n).initialize(to: Float(n * 7919 % 1000) / 1000) }
      let bins = UnsafeMutablePointer<kiss_fft_cpx>.allocate(capacity: size / 2 + 1)
      bins.initialize(repeating: kiss_fft_cpx(r: 0, i: 0), count: size / 2 + 1)
      var contest = Contest(rounds: rounds)
      contest.add("ours") { fft.forward(samples, re: spectrum.re, im: spectrum.im) }
      contest.add("kissfft") { kiss_fftr(forward, samples, bins) }
      contest.add("ours") { fft.inverse(re: spectrum.re, im: spectrum.im, into: samples) }
      contest.add("kissfft") { kiss_fftri(inverse, bins, samples) }
      let o = contest.run()
      rows.add(
        "\(size)", fixed(o[0].median), fixed(o[1].median), fixed(ratio(o[1], o[0])),
        fixed(o[2].median), fixed(o[3].median), fixed(ratio(o[3], o[2])))
    }
    return rows.text
  }

  /// Flat in the length of the stream, linear in its channels.
  static func scaling() -> String {
    var rows = Table("scaling", "us a hop")
    var contest = Contest(rounds: rounds)
    for channels in [1, 2, 4, 8] {
      let denoiser = try! Denoiser(rate: 16000, channels: channels)
      let input = (0..<128 * channels).map { _ in Float.random(in: -0.1...0.1) }
      contest.add("\(channels) channels") { _ = denoiser.process(input) }
    }
    let input = (0..<128).map { _ in Float.random(in: -0.1...0.1) }
    for minutes in [0, 60] {
      let denoiser = try! Denoiser(rate: 16000, channels: 1)
      for _ in 0..<minutes * 7500 { _ = denoiser.process(input) }
      contest.add("after \(minutes) minutes of sound") { _ = denoiser.process(input) }
    }
    for outcome in contest.run() { rows.add(outcome.name, fixed(outcome.median)) }
    return rows.text
  }

  /// From nothing to the first hop.
  static func startUp() -> String {
    let member = ModelFamily.builtIn.members.first { $0.name == Model.standardName }!
    let bytes = member.bytes()
    let silence = [Float](repeating: 0, count: 128)
    let times = (0..<20).map { _ in
      seconds {
        let model = try! Model(bytes: bytes, name: "standard")
        let denoiser = try! Denoiser(model: model, rate: 16000, channels: 1)
        _ = denoiser.process(silence)
      } * 1e3
    }.sorted()
    var rows = Table("start-up: read, check, pack, first hop", "median ms", "best ms")
    rows.add("20 times", fixed(times[10]), fixed(times[0]))
    return rows.text
  }
}
