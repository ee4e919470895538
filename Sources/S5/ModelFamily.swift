/// Models that are known by name: those inside the binary, or for a test any others.
///
/// A name with `-low` at its end is that of the variant with a low delay.
public struct ModelFamily: Sendable {
  public struct Member: Sendable {
    public let name: String
    /// Of its file.
    public let size: Int
    /// Makes the bytes of its file.
    public let bytes: @Sendable () -> [UInt8]

    /// - Parameters:
    ///   - size: of the bytes.
    ///   - bytes: makes those of a model file.
    public init(name: String, size: Int, bytes: @escaping @Sendable () -> [UInt8]) {
      self.name = name
      self.size = size
      self.bytes = bytes
    }
  }

  /// The cheaper before the dearer, as far as they have the same delay.
  public let members: [Member]

  public init(_ members: [Member]) { self.members = members }

  public var names: [String] { members.map(\.name) }

  /// Whether a text is meant as a name and not as the path of a file: it has no `/` and does not end
  /// in `.safetensors`.
  public static func isName(_ text: String) -> Bool {
    !text.contains("/") && !text.hasSuffix(".safetensors")
  }

  /// - Throws: `ModelError` where there is none of that name.
  public func model(named name: String) throws(ModelError) -> Model {
    guard let member = members.first(where: { $0.name == name }) else {
      throw ModelError(
        file: name, found: "no model of that name is built in",
        expected: names.joined(separator: ", "),
        mend: "or give the path of a file, with a / or .safetensors in it")
    }
    return try Model(bytes: member.bytes(), name: "the model '\(name)' inside hush")
  }

  /// The members that cost less and have the same delay, the dearest first; none for a name that is
  /// not of the family.
  public func smaller(than name: String) -> [String] {
    guard let place = names.firstIndex(of: name) else { return [] }
    return names[..<place].filter { Self.isLow($0) == Self.isLow(name) }.reversed()
  }

  /// The variant of a member with a low delay; the name itself if it is one.
  ///
  /// - Throws: `ModelError` where it has none.
  public func lowVariant(of name: String) throws(ModelError) -> String {
    let low = Self.isLow(name) ? name : name + Self.lowEnding
    guard !names.contains(low) else { return low }
    // An unknown name is told as such.
    _ = try model(named: name)
    let known = names.filter(Self.isLow)
    throw ModelError(
      file: name, found: "this build has no low-latency \(name)",
      expected: known.joined(separator: ", "),
      mend: known.isEmpty ? "ask for normal latency" : "or ask for normal latency")
  }

  private static let lowEnding = "-low"

  private static func isLow(_ name: String) -> Bool { name.hasSuffix(lowEnding) }
}
