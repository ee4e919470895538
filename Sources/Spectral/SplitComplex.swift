/// Complex numbers in memory: one array of real parts and one of imaginary parts.
///
/// A borrowed view; whoever allocated the arrays keeps them alive.
struct SplitComplex {
  let re: UnsafeMutablePointer<Float>
  let im: UnsafeMutablePointer<Float>

  /// Vector code may read and write this many numbers past the end of an array.
  static let padding = Lanes.scalarCount

  @inline(__always)
  init(re: UnsafeMutablePointer<Float>, im: UnsafeMutablePointer<Float>) {
    self.re = re
    self.im = im
  }

  /// Allocates `count` zeros and the padding; pair with `deallocate()`.
  init(count: Int) {
    re = .allocate(capacity: count + Self.padding)
    im = .allocate(capacity: count + Self.padding)
    re.initialize(repeating: 0, count: count + Self.padding)
    im.initialize(repeating: 0, count: count + Self.padding)
  }

  func deallocate() {
    re.deallocate()
    im.deallocate()
  }

  /// Multiplying by i and mirroring turn a forward transform into an inverse one; both amount to
  /// exchanging the parts before and after it.
  var exchanged: Self { Self(re: im, im: re) }

  @inline(__always)
  func load(_ index: Int) -> ComplexLanes {
    ComplexLanes(re: re.lanes(at: index), im: im.lanes(at: index))
  }

  @inline(__always)
  func store(_ value: ComplexLanes, at index: Int) {
    re.setLanes(value.re, at: index)
    im.setLanes(value.im, at: index)
  }

  /// One number, in every lane.
  @inline(__always)
  func splat(_ index: Int) -> ComplexLanes {
    ComplexLanes(re: Lanes(repeating: re[index]), im: Lanes(repeating: im[index]))
  }
}

extension UnsafePointer<Float> {
  @inline(__always)
  func lanes(at index: Int) -> Lanes {
    UnsafeRawPointer(self + index).loadUnaligned(as: Lanes.self)
  }
}

extension UnsafeMutablePointer<Float> {
  @inline(__always)
  func lanes(at index: Int) -> Lanes {
    UnsafeRawPointer(self + index).loadUnaligned(as: Lanes.self)
  }

  @inline(__always)
  func setLanes(_ value: Lanes, at index: Int) {
    UnsafeMutableRawPointer(self + index).storeBytes(of: value, as: Lanes.self)
  }
}
