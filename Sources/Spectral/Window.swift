import Glibc

/// The square root of a periodic Hann window, used both before analysis and after synthesis.
///
/// At an overlap of four the squares of the windows over each sample sum to 2.
enum Window {
  static let overlappedPower: Float = 2

  /// - Parameter count: the window's length in samples.
  static func rootHann(count: Int) -> [Float] {
    // sqrt(0.5 - 0.5 cos(2 x)) = sin(x)
    (0..<count).map { Float(sin(Double.pi * Double($0) / Double(count))) }
  }

  /// What a sine of amplitude 1 on the centre of a bin reads in an unscaled windowed transform.
  static func sineMagnitude(count: Int) -> Float {
    Float((0..<count).reduce(0.0) { $0 + sin(Double.pi * Double($1) / Double(count)) } / 2)
  }
}
