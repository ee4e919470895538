extension Model {
  /// How the features are made from the spectrum.
  public struct FrontEnd: Hashable, Sendable {
    /// Bins of the spectrum that a network hears: 31.25 Hz each, from 0 Hz to 8 kHz.
    public static let bins = 257
    /// How many bands there may be instead: the lowest 64 are bins of their own.
    public static let bandCounts = 65...200

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
    /// Bands whose levels are heard and whose gains are told, in `bandCounts`; nil: bins.
    public var bands: Int?
    /// Bins, from 0 Hz, that `.phase` and the imaginary parts of the mask are for, 0...`bins`; 0
    /// where there is neither.
    public var fine: Int
    /// What a mask is multiplied with, 1...2; gains end at 1 all the same.
    public var makeup: Float

    public init(
      window: Double = 0.032, hop: Double = 0.008, delay: Double = 0.032, floor: Float = 1e-10,
      meanTime: Float = 1, inputExponent: Int = 12, features: Features = .logMean,
      bands: Int? = nil, fine: Int = 0, makeup: Float = 1
    ) {
      self.window = window
      self.hop = hop
      self.delay = delay
      self.floor = floor
      self.meanTime = meanTime
      self.inputExponent = inputExponent
      self.features = features
      self.bands = bands
      self.fine = fine
      self.makeup = makeup
    }
  }
}
