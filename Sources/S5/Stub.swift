// Stub of the S5 room's public face; its owner replaces this file.

public struct ModelError: Error {}

public struct Model: Sendable {
  public struct Architecture: Sendable {
    public var bins = 257
    public var width = 192
    public var states = 128
    public var blocks = 3
  }
  /// How features are made from the spectrum; see Hush/FeatureExtractor.
  public struct FrontEnd: Sendable {
    /// Window and hop in seconds.
    public var window: Double = 0.032
    public var hop: Double = 0.008
    /// Added to the power before the logarithm (full-scale sine = 1).
    public var floor: Float = 1e-10
    /// Time constant of the running mean, seconds.
    public var meanTime: Float = 1
    /// Features are int16 with 2^-inputExponent a unit.
    public var inputExponent: Int = 12
  }
  public let architecture = Architecture()
  public let frontEnd = FrontEnd()
  /// The model inside the binary.
  public static let standard = Model()
  public init(bytes: [UInt8], name: String) throws(ModelError) {}
  init() {}
}

/// Runs one hop at a time; integer arithmetic; no allocation after init.
public final class FixedPointNetwork {
  let bins: Int
  public init(_ model: Model) { bins = model.architecture.bins }
  public func reset() {}
  /// features: `bins` int16; mask: `bins` int16, Q15 (0...32767).
  public func step(_ features: UnsafePointer<Int16>, into mask: UnsafeMutablePointer<Int16>) {
    for k in 0..<bins { mask[k] = features[k] > 0 ? 32767 : 3276 }
  }
}
