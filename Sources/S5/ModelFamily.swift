/// Models that are known by name: those inside the binary, or for a test any others.
///
/// A name with `-low` at its end is that of the variant with a low delay.
public struct ModelFamily: Sendable {
  public struct Member: Sendable {
    public let name: String
    /// Of its file.
    public let size: Int
    /// What a hop takes on several instruction sets, in any unit, as long as all members have the
    /// same; or nothing where that is not known.
    public let hopTimes: [Double]
    /// Makes the bytes of its file.
    public let bytes: @Sendable () -> [UInt8]

    /// - Parameters:
    ///   - size: of the bytes.
    ///   - hopTimes: what a hop takes on several instruction sets, in one unit for the family.
    ///   - bytes: makes those of a model file.
    public init(
      name: String, size: Int, hopTimes: [Double] = [], bytes: @escaping @Sendable () -> [UInt8]
    ) {
      self.name = name
      self.size = size
      self.hopTimes = hopTimes
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
  /// not of the family. One that is not faster than the one before it on every instruction set is
  /// left out: fewer multiplications are no help to a machine that is late.
  public func smaller(than name: String) -> [String] {
    guard var last = members.first(where: { $0.name == name }) else { return [] }
    var found: [String] = []
    for member in members.prefix(while: { $0.name != name }).reversed()
    where Self.isLow(member.name) == Self.isLow(name) {
      let times = zip(member.hopTimes, last.hopTimes)
      guard times.allSatisfy({ $0 < Self.faster * $1 }) else { continue }
      found.append(member.name)
      last = member
    }
    return found
  }

  /// A rung of a ladder takes at most this share of the time of the one above it.
  private static let faster = 0.95

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
