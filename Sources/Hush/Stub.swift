// Stub of the Hush room's public face; its owner replaces this file.
import S5

public struct DenoiserError: Error {}

public final class Denoiser {
  public let rate: Int
  public let channels: Int
  public init(model: Model = .standard, rate: Int, channels: Int) throws(DenoiserError) {
    self.rate = rate
    self.channels = channels
  }
  /// Algorithmic delay in frames (samples per channel).
  public var latency: Int { 0 }
  /// dB, how much may be removed; 0 = bypass, infinity = all.
  public var attenuationLimit: Float = .infinity
  public var bypass = false
  /// Interleaved, any number of frames, output as long as input; may be in place.
  public func process(
    _ input: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>
  ) {
    for i in 0..<input.count { output[i] = input[i] }
  }
  public func reset() {}
}
