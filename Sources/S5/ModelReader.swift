import FoundationEssentials

/// Takes a model file apart, key by key and tensor by tensor, checking each as it goes.
struct ModelReader {
  /// The version of the model format this build reads.
  static let format = "1"

  let container: Safetensors
  private var untaken: Set<String>

  init(_ container: Safetensors) {
    self.container = container
    untaken = Set(container.entries.keys)
  }

  func error(
    _ place: String, _ found: String, _ expected: String = "",
    mend: String = "export the model again"
  ) -> ModelError {
    ModelError(
      file: container.file, place: place, found: found, expected: expected, mend: mend)
  }

  func checkFormat() throws(ModelError) {
    guard let found = container.metadata["hush.format"] else {
      throw error(
        "hush.format", "missing", "\(Self.format)",
        mend: "this is no model of hush; the training code exports them")
    }
    guard found == Self.format else {
      throw error(
        "hush.format", "version '\(found)'", "version \(Self.format), the one this build reads",
        mend: "use a build of hush for that version, or export the model again for this one")
    }
  }

  /// A metadata text, fit for a terminal; empty if the file has none.
  func text(_ key: String) -> String { printable(container.metadata[key] ?? "") }

  /// A metadata JSON as text: a JSON string loses its quotes, anything else stays JSON.
  func plainText(_ key: String) -> String {
    let json = container.metadata[key] ?? ""
    let text = try? JSONDecoder().decode(String.self, from: Data(json.utf8))
    return printable(text ?? json, lines: true)
  }

  func json<T: Decodable>(_ key: String, as type: T.Type) throws(ModelError) -> T {
    guard let text = container.metadata[key] else { throw error(key, "missing", "JSON") }
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch let problem {
      throw error(key, jsonProblem(problem), "the JSON the exporter writes")
    }
  }

  /// The file's entry of that name, type and shape. Each is taken once.
  mutating func take(
    _ name: String, _ dtype: String, _ shape: [Int]
  ) throws(ModelError) -> ArraySlice<UInt8> {
    guard let entry = container.entries[name] else {
      throw error(name, "missing", "\(dtype) \(shape)")
    }
    guard entry.dtype == dtype, entry.shape == shape else {
      throw error(name, entry.description, "\(dtype) \(shape)")
    }
    untaken.remove(name)
    return container.bytes(entry)
  }

  func checkNothingIsLeft() throws(ModelError) {
    if let name = untaken.min() {
      throw error(name, "a tensor this architecture has no place for", "none of that name")
    }
  }
}
