import S5
import Testing

@testable import Hush

/// What the loader of built-in models relies on.
@Suite struct BuiltInTests {
  @Test(arguments: Model.builtInNames)
  func aDenoiserCanBeMade(name: String) throws {
    let denoiser = try Denoiser(model: try .builtIn(named: name), rate: 48_000, channels: 1)
    #expect((denoiser.latency < 1536) == name.hasSuffix("-low"))
    let output = denoiser.process(Noise.samples(3 * denoiser.latency))
    #expect(output.contains { $0 != 0 } && output.allSatisfy(\.isFinite))
  }
}
