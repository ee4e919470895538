extension Model {
  /// The sizes of the network.
  public struct Architecture: Hashable, Sendable {
    /// Numbers in, each hop.
    public let features: Int
    /// Gains of the mask: one for each bin of the spectrum, or for each band of them.
    public let gains: Int
    /// Imaginary parts of the mask, behind the gains: one for each of the lowest bins; 0: none. An
    /// output of 0...1 stands for -1...1.
    public let turns: Int
    /// Whether one more number comes out, behind the mask: the probability that somebody speaks.
    public let hasPresence: Bool
    /// Channels between the layers.
    public let width: Int
    /// Complex states of a block.
    public let states: Int
    public let blocks: Int

    /// The numbers out, each hop.
    public var outputs: Int { gains + turns + (hasPresence ? 1 : 0) }
  }

  /// The exponents of the activations: an integer n stands for n * 2^-exponent. Only the float
  /// path asks; the integer path has the shifts that follow from them.
  struct Exponents: Hashable, Sendable {
    let input: Int
    let residual: Int
    /// After each block's norm, then after the decoder's.
    let norm: [Int]
    /// Of the int16 copy of a block's state; the state itself has 13 more.
    let state: [Int]
    let output: [Int]
    /// The bits that matrices which read 7 drop at the low end; nil where all read 16.
    let narrow: Narrow?
  }

  /// 0...8 for each matrix that reads what a ReLU made.
  struct Narrow: Hashable, Sendable {
    /// Of each block.
    let drive: [Int]
    let gate: [Int]
    let decoder: Int
  }
}
