extension Denoiser {
  /// Denoises the next frames of the stream; allocates the result.
  ///
  /// - Parameter samples: interleaved samples, any number of whole frames.
  /// - Returns: as many samples, `latency` frames late.
  public func process(_ samples: [Float]) -> [Float] {
    [Float](unsafeUninitializedCapacity: samples.count) { output, count in
      samples.withUnsafeBufferPointer { input in
        output.initialize(repeating: 0)
        process(input, into: UnsafeMutableBufferPointer(rebasing: output[..<input.count]))
      }
      count = samples.count
    }
  }

  /// Denoises the next frames of the stream in place.
  ///
  /// - Parameter samples: interleaved samples, any number of whole frames.
  public func process(_ samples: inout MutableSpan<Float>) {
    samples.withUnsafeMutableBufferPointer { process(UnsafeBufferPointer($0), into: $0) }
  }
}
