/// What the last hop did, for meters; all channels together.
///
/// Powers are those of the whole 32 ms frame as the window weighs it: a sine of amplitude 1 has
/// 0.5. They and the gain are what the denoiser makes, heard or, while bypassed, not.
public struct HopStatistics: Equatable, Sendable {
  /// Mean square of the samples, over the channels, before the gains.
  public internal(set) var inputPower: Float = 0
  /// The same after the gains.
  public internal(set) var outputPower: Float = 0
  /// Mean gain over the bins up to 8 kHz and over the channels, in 0...1; that of a bin whose phase is
  /// changed too is a magnitude.
  public internal(set) var meanGain: Float = 1
  /// Whether the mask of a channel was not made in time, or not at all.
  public internal(set) var isFallback = false
  /// How far the gains have left the masks for the limited dry signal, over the channels, in 0...1:
  /// 0 while the last mask goes on.
  public internal(set) var dryShare: Float = 0
  /// The probability that somebody speaks in this hop, 0...1, as the network hears it: the largest of
  /// the channels'. nil where the model does not tell, and while no mask is made.
  public internal(set) var presence: Float?
}
