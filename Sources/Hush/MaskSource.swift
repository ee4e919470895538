import S5

/// What turns the features of a hop into a mask; keeps state from hop to hop.
protocol MaskSource: AnyObject {
  /// - Parameters:
  ///   - features: those of one hop, as `FeatureExtractor` makes them.
  ///   - mask: receives a gain for each of the mask's bins or bands, Q15, 0...32767, and behind them,
  ///     where the model has them, the imaginary parts (-1 as 0, 1 as 32767) and the presence of
  ///     speech; left alone by a step that is given up.
  ///   - cutoff: when to give up.
  /// - Returns: whether the mask is there.
  func step(
    _ features: UnsafePointer<Int16>, into mask: UnsafeMutablePointer<Int16>, by cutoff: Cutoff
  ) -> Bool
  func reset()
}

extension FixedPointNetwork: MaskSource {}
