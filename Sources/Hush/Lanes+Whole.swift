extension Lanes {
  /// So many numbers and as many more as fill whole lanes.
  static func whole(_ count: Int) -> Int { (count + scalarCount - 1) / scalarCount * scalarCount }
}
