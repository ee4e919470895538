/// A weight matrix as the file gives it, its zeros filled in.
struct Matrix: Sendable {
  let name: String
  let rows: Int
  let columns: Int
  let pattern: Pattern
  /// [rows, columns], row after row.
  let weights: [Int8]
  /// What it takes in the file: values and the places of the non-zeros.
  let storedBytes: Int

  var nonZeros: Int { weights.count { $0 != 0 } }
}

/// Where the non-zeros of a matrix may lie.
enum Pattern: Hashable, Sendable {
  case dense
  /// Anywhere; the paper's unstructured sparsity.
  case unstructured
  /// Anywhere; in the file it takes few bytes where they lie close together.
  case clustered
  /// At most so many in every aligned window of 16 columns of a row, 1...16.
  case window16(Int)

  /// The file's name for it: "dense", "unstructured", "clustered", "n16:4".
  init?(_ text: String) {
    switch text {
    case "dense": self = .dense
    case "unstructured": self = .unstructured
    case "clustered": self = .clustered
    default:
      guard text.hasPrefix("n16:"), let count = Int(text.dropFirst(4)), (1...16).contains(count)
      else { return nil }
      self = .window16(count)
    }
  }

  var text: String {
    switch self {
    case .dense: "dense"
    case .unstructured: "unstructured"
    case .clustered: "clustered"
    case .window16(let count): "n16:\(count)"
    }
  }
}
