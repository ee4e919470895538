import CModel

extension Model {
  /// The model inside the binary, read once, when first asked for.
  public static let standard: Model = {
    let bytes = UnsafeBufferPointer(start: hush_default_model, count: hush_default_model_size)
    do throws(ModelError) {
      return try Model(bytes: Array(bytes), name: "the model inside hush")
    } catch {
      // The tests read it, so a binary that comes here was built from a damaged tree.
      preconditionFailure(error.description)
    }
  }()
}
