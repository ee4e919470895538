extension Model {
  /// How the features are made from the spectrum.
  public struct FrontEnd: Hashable, Sendable {
    /// What the features of a hop are.
    public enum Features: String, Hashable, Sendable, CaseIterable {
      /// The log power of each bin less its running mean.
      case logMean = "log-mean"
      /// The same, then the log power of each bin less one running mean for all bins.
      case logMeanAndLevel = "log-mean+log-level"

      /// Features for each bin of the spectrum.
      public var sets: Int { self == .logMean ? 1 : 2 }
    }

    /// Length of the window and step from one to the next, in seconds.
    public var window: Double
    public var hop: Double
    /// How late the sound comes out that the mask was applied to, in seconds: a window, or less with
    /// windows that are not symmetric.
    public var delay: Double
    /// Added to the power before the logarithm (a full-scale sine has a power of 1).
    public var floor: Float
    /// Time constant of the running mean, in seconds.
    public var meanTime: Float
    /// The features are int16 with 2^-inputExponent a unit.
    public var inputExponent: Int
    public var features: Features

    public init(
      window: Double = 0.032, hop: Double = 0.008, delay: Double = 0.032, floor: Float = 1e-10,
      meanTime: Float = 1, inputExponent: Int = 12, features: Features = .logMean
    ) {
      self.window = window
      self.hop = hop
      self.delay = delay
      self.floor = floor
      self.meanTime = meanTime
      self.inputExponent = inputExponent
      self.features = features
    }
  }
}
