import Glibc

/// The outline of a sound and its level over time, in a bounded number of columns.
struct Envelope {
  struct Column {
    var low: Float = 0
    var high: Float = 0
    /// The sum of squares.
    var energy: Double = 0
  }

  private static let mostColumns = 1200
  private(set) var columns: [Column] = []
  /// How many samples a column is of.
  private(set) var span = 64
  private var current = Column()
  private var filled = 0

  mutating func add(_ sample: Float) {
    current.low = min(current.low, sample)
    current.high = max(current.high, sample)
    current.energy += Double(sample) * Double(sample)
    filled += 1
    guard filled == span else { return }
    columns.append(current)
    current = Column()
    filled = 0
    if columns.count == Self.mostColumns {
      columns = stride(from: 0, to: columns.count, by: 2).map {
        let a = columns[$0]
        let b = columns[$0 + 1]
        return Column(
          low: min(a.low, b.low), high: max(a.high, b.high), energy: a.energy + b.energy)
      }
      span *= 2
    }
  }

  /// dB of each column, at least -100.
  var levels: [Double] {
    columns.map { column in
      let power = column.energy / Double(span)
      return power > 1e-10 ? 10 * log10(power) : -100
    }
  }
}
