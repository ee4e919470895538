/// Why a `Denoiser` cannot be made.
public enum DenoiserError: Error, Equatable, Sendable {
  /// The sample rate, in Hz, is outside `Denoiser.rates`.
  case rate(Int)
  /// The number of channels is outside `Denoiser.channelCounts`.
  case channels(Int)
  /// The model was not made for frames of 32 ms every 8 ms, or every 4 with a delay of 8 ms, and a
  /// mask of 257 bins or of bands of them.
  case model
}

extension DenoiserError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .rate(let rate):
      let rates = Denoiser.rates
      return "cannot denoise at \(rate) Hz: "
        + "the sample rate must be \(rates.lowerBound) to \(rates.upperBound) Hz"
    case .channels(let channels):
      let counts = Denoiser.channelCounts
      return "cannot denoise \(channels) channels: "
        + "there must be \(counts.lowerBound) to \(counts.upperBound)"
    case .model:
      return "the model was not made for frames of 32 ms every 8 ms (4 at a delay of 8) and a mask "
        + "of 257 bins or of bands of them"
    }
  }
}
