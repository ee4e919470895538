/// The bins of one frame, from 0 Hz to half the sample rate.
///
/// A sine of amplitude 1 on the centre of a bin reads magnitude 1 there, at any sample rate.
public final class Spectrum {
  /// How many bins.
  public let count: Int
  /// Real parts, `count` of them.
  public let re: UnsafeMutablePointer<Float>
  /// Imaginary parts, `count` of them.
  public let im: UnsafeMutablePointer<Float>

  /// A spectrum of zeros.
  public init(count: Int) {
    self.count = count
    re = .allocate(capacity: count)
    im = .allocate(capacity: count)
    re.initialize(repeating: 0, count: count)
    im.initialize(repeating: 0, count: count)
  }

  deinit {
    re.deallocate()
    im.deallocate()
  }
}
