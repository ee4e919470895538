import AllocationCounter
import Testing

@testable import Hush

@Suite struct AllocationTests {
  /// Without this the test below could pass because nothing is counted.
  @Test func theCounterCounts() {
    let before = hush_allocation_count()
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: 1000)
    memory.deallocate()
    #expect(hush_allocation_count() > before)
  }

  @Test(arguments: [(8000, 1), (16000, 1), (44100, 2), (48000, 8)])
  func processAllocatesNothing(rate: Int, channels: Int) throws {
    let denoiser = try Denoiser(rate: rate, channels: channels)
    let frames = rate / 50
    let input = Noise.samples(frames * channels)
    var output = input
    var allocations: [Int] = []
    allocations.reserveCapacity(8)
    input.withUnsafeBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        for call in 0..<8 {
          let before = hush_allocation_count()
          denoiser.bypass = call % 3 == 1
          denoiser.attenuationLimit = Float(call * 6)
          denoiser.process(input, into: output)
          if call == 5 { denoiser.reset() }
          allocations.append(hush_allocation_count() - before)
        }
      }
    }
    // The first call is the language runtime's: it looks up generic types once a process.
    #expect(allocations.dropFirst().allSatisfy { $0 == 0 }, "\(allocations)")
  }
}
