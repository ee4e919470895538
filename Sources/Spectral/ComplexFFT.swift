import Glibc

/// A complex discrete Fourier transform of one size, computed by the mixed-radix Stockham
/// algorithm: every pass reads one buffer and writes the other in the order that the next pass
/// wants, so nothing is ever bit-reversed and inner loops run over contiguous numbers.
///
/// Put the input in `input`, call `run()`, read `output`. Nothing is scaled. `run()` allocates
/// nothing.
///
/// Source: C. Van Loan, Computational Frameworks for the Fast Fourier Transform, SIAM 1992,
/// section 1.7 (the Stockham autosort framework).
final class ComplexFFT {
  let size: Int
  let input: SplitComplex
  let output: SplitComplex

  private let spare: SplitComplex
  private let passes: UnsafeMutablePointer<Pass>
  private let passCount: Int
  private let scratch: SplitComplex

  /// One pass: `columns` groups of `stride` butterflies of `radix` points.
  struct Pass {
    let radix: Int
    /// Butterflies with distinct twiddles.
    let columns: Int
    /// Neighbouring butterflies that share their twiddles.
    let stride: Int
    /// True where vectors run across columns because there is one butterfly in each.
    let transposes: Bool
    /// Of column p and output j > 0, at `p * (radix - 1) + j - 1`; where the pass transposes, at
    /// `(j - 1) * columns + p`.
    let twiddles: SplitComplex
    /// cos and sin of 2 pi j k / radix at `(j - 1) * (radix / 2) + k - 1`, for the odd radices.
    let rotations: SplitComplex
  }

  /// - Parameter size: a product of 2, 3, 5, 7 and 11.
  init(size: Int) {
    let radices = Self.radices(of: size)
    self.size = size
    let first = SplitComplex(count: size)
    let second = SplitComplex(count: size)
    input = first
    spare = second
    output = radices.count.isMultiple(of: 2) ? first : second
    scratch = SplitComplex(count: 3 * Self.largestRadix * Lanes.scalarCount)
    passCount = radices.count
    passes = .allocate(capacity: passCount)
    var stride = 1
    for (index, radix) in radices.enumerated() {
      let pass = Self.pass(radix: radix, length: size / stride, stride: stride)
      (passes + index).initialize(to: pass)
      stride *= radix
    }
  }

  deinit {
    for index in 0..<passCount {
      passes[index].twiddles.deallocate()
      passes[index].rotations.deallocate()
    }
    passes.deallocate()
    scratch.deallocate()
    spare.deallocate()
    input.deallocate()
  }

  /// Transforms `input` with the kernel exp(-2 pi i n k / size) into `output`; spoils `input`.
  func run() {
    var source = input
    var target = spare
    for index in 0..<passCount {
      let pass = passes[index]
      switch pass.radix {
      case 2: pass.radix2(from: source, to: target)
      case 3: pass.radix3(from: source, to: target)
      case 4 where pass.transposes: pass.radix4Transposing(from: source, to: target)
      case 4: pass.radix4(from: source, to: target)
      default: pass.oddRadix(from: source, to: target, scratch: scratch)
      }
      swap(&source, &target)
    }
  }
}

extension ComplexFFT {
  static let largestRadix = 11

  /// Whether a transform of this size can be planned.
  static func supports(_ size: Int) -> Bool {
    guard size > 0 else { return false }
    var rest = size
    for prime in [2, 3, 5, 7, 11] {
      while rest.isMultiple(of: prime) { rest /= prime }
    }
    return rest == 1
  }

  /// Fours come first: they make the stride a multiple of the vector width for all that follow.
  private static func radices(of size: Int) -> [Int] {
    precondition(supports(size), "an FFT's size must be a product of 2, 3, 5, 7 and 11")
    var rest = size
    var radices: [Int] = []
    for radix in [4, 2, 3, 5, 7, 11] {
      while rest.isMultiple(of: radix) {
        radices.append(radix)
        rest /= radix
      }
    }
    return radices
  }

  private static func pass(radix: Int, length: Int, stride: Int) -> Pass {
    let columns = length / radix
    let transposes = radix == 4 && stride == 1 && columns.isMultiple(of: Lanes.scalarCount)
    let twiddles = SplitComplex(count: columns * (radix - 1))
    for p in 0..<columns {
      for j in 1..<radix {
        let angle = -2 * Double.pi * Double(j * p) / Double(length)
        let at = transposes ? (j - 1) * columns + p : p * (radix - 1) + j - 1
        twiddles.re[at] = Float(cos(angle))
        twiddles.im[at] = Float(sin(angle))
      }
    }
    let half = radix / 2
    let rotations = SplitComplex(count: half * half)
    for j in 1...half {
      for k in 1...half {
        let angle = 2 * Double.pi * Double(j * k % radix) / Double(radix)
        rotations.re[(j - 1) * half + k - 1] = Float(cos(angle))
        rotations.im[(j - 1) * half + k - 1] = Float(sin(angle))
      }
    }
    return Pass(
      radix: radix, columns: columns, stride: stride, transposes: transposes,
      twiddles: twiddles, rotations: rotations)
  }
}
