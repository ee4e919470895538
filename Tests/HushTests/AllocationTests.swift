import AllocationCounter
import ModelSupport
import S5
import Testing

@testable import Hush

@Suite struct AllocationTests {
  /// Without this the test below could pass because nothing is counted.
  @Test(.enabled(if: hush_counts() != 0, "sanitizers stand in the counter's place"))
  func theCounterCounts() {
    let before = hush_allocation_count()
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: 1000)
    memory.deallocate()
    #expect(hush_allocation_count() > before)
  }

  @Test(arguments: [
    (8000, 1, nil), (16000, 1, nil), (44100, 2, nil), (48000, 8, nil), (44100, 2, TinyModel.half),
    (48000, 1, TinyModel.quarter), (16000, 2, TinyModel.listening), (8000, 1, TinyModel.bands),
    (16000, 2, TinyModel.bands), (44100, 1, TinyModel.bands),
  ])
  func processAllocatesAndLocksNothing(rate: Int, channels: Int, path: String?) throws {
    let model = try path.map { try Model(path: $0) } ?? .standard
    let denoiser = try Denoiser(model: model, rate: rate, channels: channels)
    let frames = rate / 50
    let input = Noise.samples(frames * channels)
    var output = input
    var costs: [Int] = []
    costs.reserveCapacity(8)
    input.withUnsafeBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        for call in 0..<8 {
          let before = hush_allocation_count() + hush_lock_count()
          denoiser.bypass = call % 3 == 1
          denoiser.attenuationLimit = Float(call * 6)
          denoiser.fallbackOnly = call % 4 == 2
          denoiser.cutoff = call % 4 == 3 ? Cutoff(nanoseconds: 1) : .never
          denoiser.process(input, into: output)
          if call == 5 { denoiser.reset() }
          costs.append(hush_allocation_count() + hush_lock_count() - before)
        }
      }
    }
    #expect(costs.allSatisfy { $0 == 0 }, "\(costs)")
  }
}
