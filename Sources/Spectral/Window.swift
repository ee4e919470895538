import Glibc

/// The windows before analysis and after synthesis.
///
/// At a delay of a window, N samples, both are the square root of a periodic Hann window. The squares
/// of four of them over each sample sum to 2.
///
/// At a lower delay D = 2 M, with M the hop, the analysis rises long and falls fast, and the synthesis
/// takes the last D samples of a frame alone:
///
///     a(n) = sin(pi/2 n / (N - M))                     0 <= n < N - M
///     a(n) = cos(pi/2 (n - (N - M)) / M)               N - M <= n < N
///     s(n) = sin^2(pi/2 (n - (N - D)) / M) / a(n)      N - D <= n < N - M
///     s(n) = a(n)                                      N - M <= n < N
///
/// Their product is a Hann window of length D whose shifts by M sum to 1, so what was analysed comes
/// back whole, D samples late, while each bin keeps the resolution of a long window. After D. Mauler
/// and R. Martin, "A low delay, variable resolution, perfect reconstruction spectral
/// analysis-synthesis system for speech enhancement", EUSIPCO 2007.
enum Window {
  /// What the frames see of the stream, scaled so that a sine of amplitude 1 on the centre of a bin
  /// reads 1: `framing.window` numbers.
  static func analysis(_ framing: Framing) -> [Float] {
    let shape = analysisShape(framing)
    let scale = 1 / sineMagnitude(shape)
    return shape.map { Float($0) * scale }
  }

  /// What the stream takes of the last samples of a frame, the analysis's scale undone:
  /// `framing.delay` numbers.
  static func synthesis(_ framing: Framing) -> [Float] {
    let shape = analysisShape(framing)
    let magnitude = sineMagnitude(shape)
    guard framing.kind != .window else {
      return shape.map { Float($0) * (magnitude / 2) }
    }
    let (first, middle) = (framing.window - framing.delay, framing.window - framing.hop)
    return (first..<framing.window).map { n in
      guard n < middle else { return Float(shape[n]) * magnitude }
      let rise = sin(0.5 * Double.pi * Double(n - first) / Double(framing.hop))
      return Float(rise * rise / shape[n]) * magnitude
    }
  }

  /// What a sine of amplitude 1 on the centre of a bin reads in an unscaled windowed transform.
  static func sineMagnitude(_ framing: Framing) -> Float { sineMagnitude(analysisShape(framing)) }

  private static func sineMagnitude(_ shape: [Double]) -> Float { Float(shape.reduce(0, +) / 2) }

  private static func analysisShape(_ framing: Framing) -> [Double] {
    let count = framing.window
    guard framing.kind != .window else {
      // sqrt(0.5 - 0.5 cos(2 x)) = sin(x)
      return (0..<count).map { sin(Double.pi * Double($0) / Double(count)) }
    }
    let peak = count - framing.hop
    return (0..<count).map { n in
      n < peak
        ? sin(0.5 * Double.pi * Double(n) / Double(peak))
        : cos(0.5 * Double.pi * Double(n - peak) / Double(framing.hop))
    }
  }
}
