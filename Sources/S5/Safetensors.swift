import FoundationEssentials

/// The container of a model: a JSON header that names the tensors, then their bytes.
///
/// Everything about the layout is checked here, so that the rest may take slices without fear:
/// the tensors fill the data exactly, in some order, without overlap.
struct Safetensors {
  struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    private enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }

    /// As messages tell it: "I8 [192, 257]".
    var description: String { "\(dtype) \(shape)" }
  }

  let file: String
  let metadata: [String: String]
  let entries: [String: Entry]
  private let data: ArraySlice<UInt8>

  init(bytes: [UInt8], file: String) throws(ModelError) {
    self.file = file
    func broken(_ found: String, _ expected: String, at place: String = "") -> ModelError {
      ModelError(
        file: file, place: place, found: found, expected: expected,
        mend: "the file is damaged or no .safetensors file, fetch or export it again")
    }
    guard bytes.count >= 8 else {
      throw broken("\(bytes.count) bytes", "8 bytes of header length and more")
    }
    let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
    guard length >= 2, length <= UInt64(bytes.count - 8) else {
      throw broken("a header of \(length) bytes", "2 to \(bytes.count - 8)")
    }
    let start = 8 + Int(length)
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: Data(bytes[8..<start]))
    } catch {
      throw broken(jsonProblem(error), "the JSON of a safetensors header", at: "header")
    }
    metadata = header.metadata
    entries = header.entries
    data = bytes[start...]

    var end = 0
    let inOrder = entries.sorted {
      ($0.value.offsets.first ?? 0, $0.value.offsets.last ?? 0, $0.key)
        < ($1.value.offsets.first ?? 0, $1.value.offsets.last ?? 0, $1.key)
    }
    for (name, entry) in inOrder {
      guard let size = Self.byteCount(entry) else {
        throw broken(entry.description, "a known type and a sensible shape", at: name)
      }
      let (next, overflow) = end.addingReportingOverflow(size)
      guard !overflow, entry.offsets == [end, next], next <= data.count else {
        throw broken(
          "data_offsets \(entry.offsets)",
          "[\(end), \(next)] in \(data.count) bytes of data, without gaps or overlaps", at: name)
      }
      end = next
    }
    guard end == data.count else {
      throw broken("\(data.count) bytes of data", "the \(end) the tensors take")
    }
  }

  /// The bytes of a tensor in `entries`.
  func bytes(_ entry: Entry) -> ArraySlice<UInt8> {
    data[(data.startIndex + entry.offsets[0])..<(data.startIndex + entry.offsets[1])]
  }

  private static func byteCount(_ entry: Entry) -> Int? {
    let sizes = ["I8": 1, "U8": 1, "I16": 2, "I32": 4]
    guard var count = sizes[entry.dtype] else { return nil }
    for extent in entry.shape {
      guard extent >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      count = product
    }
    return count
  }
}

/// The header's keys are tensors, but for one.
private struct Header: Decodable {
  var metadata: [String: String] = [:]
  var entries: [String: Safetensors.Entry] = [:]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    for key in container.allKeys {
      if key.stringValue == "__metadata__" {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        entries[key.stringValue] = try container.decode(Safetensors.Entry.self, forKey: key)
      }
    }
  }
}

/// What JSONDecoder did not like, without its own type names.
func jsonProblem(_ error: any Error) -> String {
  func path(_ context: DecodingError.Context) -> String {
    context.codingPath.map(\.stringValue).joined(separator: ".")
  }
  switch error as? DecodingError {
  case .keyNotFound(let key, let context):
    return "no '\((context.codingPath + [key]).map(\.stringValue).joined(separator: "."))'"
  case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
    return "'\(path(context))' is not of type \(type)"
  case .dataCorrupted(let context) where !context.codingPath.isEmpty:
    return "'\(path(context))' cannot be read"
  default: return "no valid JSON"
  }
}
