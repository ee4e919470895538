import Testing

@testable import S5

@Suite("The integer network and its definition")
struct GoldenTests {
  @Test(
    "every stage has the bits of the reference", arguments: GoldenCase.all, Kernels.available)
  func stages(_ golden: GoldenCase, _ kernels: Kernels) {
    let network = FixedPointNetwork(PackedWeights(golden.model, kernels))
    let sizes = golden.model.architecture
    var observer = ChecksumObserver()
    var mask = [Int16](repeating: 0, count: sizes.outputs)
    for t in 0..<golden.frames {
      golden.features.withUnsafeBufferPointer {
        _ = network.step($0.baseAddress! + t * sizes.features, into: &mask, observer: &observer)
      }
    }
    #expect(observer.order == golden.stages.map { $0[0] })
    // The first stage that differs is the one to look at.
    let wrong = golden.stages.first { observer.sums[$0[0]]?.text != $0[1] }
    #expect(wrong == nil)
  }

  @Test("every mask has the bits of the reference", arguments: GoldenCase.all, Kernels.available)
  func masks(_ golden: GoldenCase, _ kernels: Kernels) {
    let outputs = golden.model.architecture.outputs
    let network = FixedPointNetwork(PackedWeights(golden.model, kernels))
    let mask = network.run(golden.features)
    #expect(golden.masks.count == golden.frames)
    let wrong = golden.masks.indices.first { t in
      var sum = Checksum()
      for k in 0..<outputs { sum.add(Int32(mask[t * outputs + k])) }
      return sum.text != golden.masks[t]
    }
    #expect(wrong == nil, "the first frame that differs")
  }

  @Test("the cases cover every pattern, every output and every model that is built in")
  func coverage() {
    let models = GoldenCase.all.map(\.model)
    let patterns = Set(models.flatMap { $0.summary.matrices.map(\.pattern) })
    #expect(patterns.isSuperset(of: ["dense", "unstructured", "n16:1", "n16:2", "n16:4"]))
    #expect(patterns.contains("clustered"))
    #expect(models.contains { $0.frontEnd.features == [.logMean, .logLevel] })
    #expect(models.contains { $0.frontEnd.features.contains(.phase) && $0.frontEnd.bands != nil })
    #expect(models.contains { $0.architecture.turns > 0 })
    #expect(models.contains { $0.exponents.narrow != nil })
    #expect(models.contains { $0.architecture.hasPresence })
    let names = Set(GoldenCase.all.map(\.name))
    for name in Model.builtInNames { #expect(names.contains("built-in-\(name)")) }
  }
}
