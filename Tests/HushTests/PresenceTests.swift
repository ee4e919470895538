import ModelSupport
import S5
import Testing

@testable import Hush

/// A model's second output.
@Suite struct PresenceTests {
  @Test func theModelTells() throws {
    let model = try Model(path: TinyModel.listening)
    #expect(model.format == "2")
    #expect(model.architecture.gains == 257 && model.architecture.outputs == 258)
    let denoiser = try Denoiser(model: model, rate: 16_000, channels: 2)
    #expect(denoiser.lastHop.presence == nil)
    let input = Noise.samples(4096)
    let output = denoiser.process(input)
    #expect(abs((denoiser.lastHop.presence ?? 0) - 0.9) < 1e-3)
    // The mask is what it is without.
    let plain = try Denoiser(model: try Model(path: TinyModel.path), rate: 16_000, channels: 2)
    #expect(output == plain.process(input))
    #expect(plain.lastHop.presence == nil)
  }

  /// What is not made is not told.
  @Test func noMaskNoPresence() throws {
    let model = try Model(path: TinyModel.listening)
    let denoiser = try Denoiser(model: model, rate: 16_000, channels: 1)
    _ = denoiser.process(Noise.samples(512))
    denoiser.fallbackOnly = true
    _ = denoiser.process(Noise.samples(512))
    #expect(denoiser.lastHop.presence == nil)
    denoiser.fallbackOnly = false
    _ = denoiser.process(Noise.samples(512))
    #expect(denoiser.lastHop.presence != nil)
  }

  /// Who speaks in one channel speaks.
  @Test func theLargestCounts() throws {
    var told: [Float] = [0.03, 1, 0]
    let denoiser = try Denoiser.with(channels: 3, path: TinyModel.listening) {
      let presence = told.removeFirst()
      return Ear(0) { _ in presence }
    }
    _ = denoiser.process(Noise.samples(128 * 3))
    #expect(denoiser.lastHop.presence == 1)
    #expect(denoiser.lastHop.meanGain == 0)
  }

  /// The float reference has the same outputs.
  @Test func theFloatNetworkTellsToo() throws {
    let model = try Model(path: TinyModel.listening)
    let numbers = FloatNetwork(model).step([Float](repeating: 0, count: 257))
    #expect(numbers.count == 258)
    #expect(abs(numbers[257] - 0.9) < 1e-3 && abs(numbers[0] - 0.1) < 1e-3)
  }
}
