import Foundation
import Testing

@testable import S5

@Suite("Model files")
struct ModelFileTests {
  @Test("the standard model loads and tells what it is")
  func standard() {
    let model = Model.standard
    let summary = model.summary
    #expect(summary.name == model.name && !model.name.isEmpty)
    #expect(summary.format == "5")
    #expect(summary.matrices.count == 2 + 3 * model.architecture.blocks)
    let (sizes, front) = (model.architecture, model.frontEnd)
    #expect(sizes.features == front.features.count(levels: sizes.gains, fine: front.fine))
    let weights = summary.matrices.reduce(0) { $0 + $1.rows * $1.columns }
    let nonZeros = summary.matrices.reduce(0) { $0 + $1.nonZeros }
    #expect(abs(summary.zeros - 1 + Double(nonZeros) / Double(weights)) < 1e-12)
    #expect(summary.parameters > weights)
    #expect(summary.multiplyAddsPerSecond * model.frontEnd.hop > Double(nonZeros))
  }

  @Test("the summary counts what is in the file")
  func summary() {
    let summary = GoldenCase.named("n16-2").model.summary
    let encoder = summary.matrices[0]
    // 65 columns are five windows of 16: ten weights a row, of 8 and 4 bits.
    #expect(encoder.name == "encoder" && encoder.rows == 48 && encoder.columns == 65)
    #expect(encoder.pattern == "n16:2" && encoder.bytes == 48 * 15)
    // The last window has one column, so at most 9 of the ten are in use.
    #expect(encoder.nonZeros > 48 * 7 && encoder.nonZeros <= 48 * 9)
    let dense = GoldenCase.named("dense").model.summary
    #expect(dense.matrices[0].bytes == 48 * 65)
    let unstructured = GoldenCase.named("unstructured").model.summary.matrices[0]
    #expect(unstructured.bytes == 48 * 9 + unstructured.nonZeros)
    let clustered = GoldenCase.named("clustered").model.summary
    let encoder65 = clustered.matrices[0]
    // 65 columns are nine bytes of bitmap, two bytes tell which are there: at most one for a weight.
    #expect(clustered.format == "4" && encoder65.pattern == "clustered")
    let places = encoder65.bytes - encoder65.nonZeros - 75 * 2
    #expect(places > encoder65.nonZeros / 2 && places <= encoder65.nonZeros)
    // Width 48, 24 states, 2 blocks, 65 bins.
    #expect(dense.parameters == 48 * 65 * 2 + 2 * (48 * 144) + 48 + 2 * 288 + 96 + 65)
    let expected = 48 + 2 * (4 * 24 + 3 * 48) + dense.matrices.reduce(0) { $0 + $1.nonZeros }
    #expect(abs(dense.multiplyAddsPerSecond * 0.008 - Double(expected)) < 1e-6)
  }

  @Test("a file of the third format tells its bands, features and imaginary parts")
  func bands() {
    let model = GoldenCase.named("bands").model
    #expect(model.format == "3" && model.summary.format == "3")
    #expect(model.architecture.features == 4 * 104 + 2 * 96)
    #expect(model.architecture.gains == 104 && model.architecture.turns == 96)
    #expect(model.architecture.hasPresence && model.architecture.outputs == 201)
    #expect(model.frontEnd.bands == 104 && model.frontEnd.fine == 96)
    #expect(
      model.frontEnd.features == [.logMean, .logLevel, .logFloor, .logShort, .phase])
    #expect(model.summary.matrices.last?.rows == 201)
    let plain = GoldenCase.named("two-sets").model
    #expect(plain.frontEnd.bands == nil && plain.frontEnd.fine == 0)
    #expect(plain.architecture.turns == 0 && plain.frontEnd.features == [.logMean, .logLevel])
  }

  @Test("a file of the fifth format tells what reads 7 bits")
  func narrow() {
    let model = GoldenCase.named("narrow").model
    #expect(model.format == "5")
    #expect(
      model.exponents.narrow == Model.Narrow(drive: [7, 2], gate: [2, 4], decoder: 6))
    // Encoder, then drive, output and gate of two blocks, then decoder.
    #expect(model.summary.matrices.map(\.inputBits) == [16, 7, 16, 7, 7, 16, 7, 7])
    let plain = GoldenCase.named("unstructured").model
    #expect(plain.exponents.narrow == nil)
    #expect(plain.summary.matrices.allSatisfy { $0.inputBits == 16 })
  }

  @Test("sets of features are named in one way each")
  func features() {
    typealias Features = Model.FrontEnd.Features
    for rawValue in 0..<32 {
      let sets = Features(rawValue: rawValue)
      #expect(Features(text: sets.text) == (sets.contains(.logMean) ? sets : nil))
    }
    for text in [
      "", "+", "log-mean+", "+log-mean", "log-mean+log-mean", "log-level", "log-level+log-mean",
      "log-mean+phase+log-short", "log-mean+cepstrum", "log-mean,log-level", "Log-mean",
    ] {
      #expect(Features(text: text) == nil, "\(text)")
    }
    let all = Features(rawValue: 31)
    #expect(all.text == "log-mean+log-level+log-floor+log-short+phase")
    #expect(all.count(levels: 104, fine: 96) == 608)
    #expect(Features.logMean.count(levels: 257, fine: 0) == 257)
  }

  @Test("a file is read by its path; one that is not there is named")
  func paths() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "hush-model-\(UUID()).safetensors").path
    try Data(GoldenCase.bytes("mixed")).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try Model(path: path).architecture == GoldenCase.named("mixed").model.architecture)
    #expect(throws: ModelError.self) { try Model(path: "/nowhere/x.safetensors") }
    #expect(throws: ModelError.self) { try Model(path: "/") }
    do {
      _ = try Model(path: "/nowhere/x.safetensors")
    } catch {
      #expect(error.description.hasPrefix("/nowhere/x.safetensors: cannot be opened: No such"))
    }
  }
}
