import FoundationEssentials

/// Takes a model file apart, key by key and tensor by tensor, checking each as it goes.
struct ModelReader {
  /// The versions of the model format this build reads. Each has what the one before has, and keys
  /// that may be there: the second `delay` in hush.front_end and `presence` in hush.architecture,
  /// the third `bands`, `fine` and more features in hush.front_end, `turn` in hush.architecture,
  /// the fourth the pattern clustered in hush.sparsity, the fifth `makeup` in
  /// hush.front_end and `narrow` in hush.exponents.
  static let formats = ["1", "2", "3", "4", "5"]

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

  /// - Returns: the version of the file.
  func checkedFormat() throws(ModelError) -> String {
    let known = Self.formats.dropLast().joined(separator: ", ") + " or " + Self.formats.last!
    guard let found = container.metadata["hush.format"] else {
      throw error(
        "hush.format", "missing", known,
        mend: "this is no model of hush; the training code exports them")
    }
    guard Self.formats.contains(found) else {
      throw error(
        "hush.format", "version '\(found)'", "version \(known), the ones this build reads",
        mend: "use a build of hush for that version, or export the model again for this one")
    }
    return found
  }

  /// Refuses what the file's version does not have: older builds would pass over it and run the
  /// model wrong.
  ///
  /// - Parameter version: the first that has it.
  func checkAddition(_ key: String, _ name: String, since version: String) throws(ModelError) {
    guard let format = container.metadata["hush.format"],
      let found = Self.formats.firstIndex(of: format),
      let first = Self.formats.firstIndex(of: version), found < first
    else { return }
    throw error(
      key, "\(name) in a file of version \(format)", "none",
      mend: "export the model as version \(version)")
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
