import CModel

extension ModelFamily {
  /// The models inside the binary.
  public static let builtIn = ModelFamily(
    (0..<hush_embedded_model_count).map { index in
      // By its index: a pointer is not sendable.
      Member(
        name: String(cString: hush_embedded_models[index].name),
        size: hush_embedded_models[index].size,
        hopTimes: withUnsafeBytes(of: hush_embedded_models[index].hop) {
          Array($0.bindMemory(to: Double.self))
        }
      ) {
        let model = hush_embedded_models[index]
        return Array(UnsafeBufferPointer(start: model.bytes, count: model.size))
      }
    })
}

extension Model {
  /// The names of the models inside the binary, the cheaper before the dearer.
  public static var builtInNames: [String] { ModelFamily.builtIn.names }

  /// The model of a name inside the binary.
  ///
  /// - Throws: `ModelError` where there is none of that name.
  public static func builtIn(named name: String) throws(ModelError) -> Model {
    try ModelFamily.builtIn.model(named: name)
  }

  /// The name of the model that is taken where none is named: `base`, which takes a quarter more
  /// time than `small` and sounds better.
  public static let standardName = "base"

  /// That model, read once, when first asked for.
  public static let standard: Model = {
    do throws(ModelError) {
      return try builtIn(named: standardName)
    } catch {
      // The tests read it, so a binary that comes here was built from a damaged tree.
      preconditionFailure(error.description)
    }
  }()
}
