extension Model {
  /// How the features are made from the spectrum.
  public struct FrontEnd: Hashable, Sendable {
    /// What the features of a hop are.
    public enum Features: String, Hashable, Sendable, CaseIterable {
      /// The log power of each bin less its running mean.
      case logMean = "log-mean"
      /// The same, then the log power of each bin once more as it is.
      case logMeanAndLevel = "log-mean+log-level"

      /// Features for each bin of the spectrum.
      public var sets: Int { self == .logMean ? 1 : 2 }
    }

    /// Length of the window and step from one to the next, in seconds.
    public let window: Double
    public let hop: Double
    /// Added to the power before the logarithm (a full-scale sine has a power of 1).
    public let floor: Float
    /// Time constant of the running mean, in seconds.
    public let meanTime: Float
    /// The features are int16 with 2^-inputExponent a unit.
    public let inputExponent: Int
    public let features: Features
  }
}
