import Testing

@testable import S5

@Suite("Networks")
struct NetworkTests {
  @Test("reset forgets the past")
  func reset() {
    let golden = GoldenCase.named("unstructured")
    let network = FixedPointNetwork(golden.model)
    let first = network.run(golden.features)
    let goingOn = network.run(golden.features)
    network.reset()
    #expect(network.run(golden.features) == first)
    #expect(goingOn != first)
  }

  @Test("a step past its cutoff leaves mask and states alone")
  func cutoff() {
    let golden = GoldenCase.named("unstructured")
    let network = FixedPointNetwork(golden.model)
    var mask = [Int16](repeating: -5, count: golden.model.architecture.outputs)
    let untouched = mask
    #expect(!network.step(golden.features, into: &mask, by: Cutoff(nanoseconds: 1)))
    #expect(mask == untouched)
    #expect(network.run(golden.features) == FixedPointNetwork(golden.model).run(golden.features))
    let later = Cutoff(nanoseconds: .max - 1)
    #expect(network.step(golden.features, into: &mask, by: later))
    #expect(mask != untouched)
  }

  @Test("networks on the same weights do not disturb each other")
  func shared() {
    let golden = GoldenCase.named("mixed")
    let expected = FixedPointNetwork(golden.model).run(golden.features)
    let weights = PackedWeights(golden.model)
    let (left, right) = (FixedPointNetwork(weights), FixedPointNetwork(weights))
    let sizes = golden.model.architecture
    let zeros = [Int16](repeating: 0, count: sizes.features)
    var result: [Int16] = []
    for t in 0..<golden.frames {
      let frame = Array(golden.features[t * sizes.features..<(t + 1) * sizes.features])
      result += left.run(frame)
      _ = right.run(zeros)
    }
    #expect(result == expected)
  }

  @Test("the packed weights outlive the model")
  func lifetime() {
    let golden = GoldenCase.named("dense")
    let network = FixedPointNetwork(PackedWeights(golden.model))
    #expect(network.run(golden.features) == FixedPointNetwork(golden.model).run(golden.features))
  }

  @Test("the float network comes close where nothing saturates")
  func float() {
    let golden = GoldenCase.named("quiet")
    let sizes = golden.model.architecture
    let unit = Float(sign: .plus, exponent: -golden.model.frontEnd.inputExponent, significand: 1)
    let mask = FixedPointNetwork(golden.model).run(golden.features)
    let network = FloatNetwork(golden.model)
    var (error, energy): (Double, Double) = (0, 0)
    func compare(_ frames: Range<Int>) {
      for t in frames {
        let frame = golden.features[t * sizes.features..<(t + 1) * sizes.features]
        let gains = network.step(frame.map { Float($0) * unit })
        for k in 0..<sizes.outputs {
          let difference = Double(gains[k]) - Double(mask[t * sizes.outputs + k]) / 32768
          error += difference * difference
          energy += Double(gains[k] - 0.5) * Double(gains[k] - 0.5)
        }
      }
    }
    compare(0..<golden.frames)
    #expect(error < 1e-4 * energy)
    // Not by having nothing to say: the gains are far from constant.
    #expect(energy > 0.01 * Double(mask.count))
    network.reset()
    (error, energy) = (0, 0)
    compare(0..<4)
    #expect(error < 1e-4 * energy)
  }
}
