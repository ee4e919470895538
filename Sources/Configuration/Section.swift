/// A part of the configuration.
public struct Section: Sendable {
  public let name: String
  public let description: String
  public let keys: [Key]

  /// All of them, in the order of the annotated example.
  public static let all = [
    Section(name: "capture", description: "Where sound comes from.", keys: Key.capture),
    Section(name: "output", description: "Where sound goes.", keys: Key.output),
    Section(name: "denoise", description: "What is removed.", keys: Key.denoise),
    Section(name: "latency", description: "How late it is.", keys: Key.latency),
    Section(
      name: "realtime", description: "What the audio threads ask of the system.",
      keys: Key.realtime),
    Section(name: "log", description: "What is told.", keys: Key.log),
    Section(
      name: "control", description: "How to look in from outside.", keys: Key.control),
  ]
}

extension Key {
  /// Every key there is.
  public static let all = Section.all.flatMap(\.keys)

  /// By full name.
  static let named = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// Everything that holds keys: `capture`, `output`, `output.rotate`, ...
  static let groups: Set<String> = Set(
    all.flatMap { key in
      let parts = key.name.split(separator: ".").dropLast()
      return (1...parts.count).map { parts.prefix($0).joined(separator: ".") }
    })

  /// What to say of a name that is no key.
  static func mend(forUnknown name: String) -> String {
    let names = all.map(\.name) + groups.sorted()
    if let near = nearest(to: name, in: names) { return "did you mean \(near)?" }
    // In the wrong place, or its group left out.
    let last = name.split(separator: ".").last.map(String.init) ?? name
    let elsewhere = all.filter { key in
      let own = key.name.split(separator: ".").last.map(String.init) ?? ""
      return own == last || nearest(to: last, in: [own]) != nil
    }
    if !elsewhere.isEmpty, elsewhere.count <= 3 {
      return "did you mean \(listed(elsewhere.map(\.name)))?"
    }
    let parent = name.split(separator: ".").dropLast().joined(separator: ".")
    if groups.contains(parent) {
      let own = all.filter { $0.name.hasPrefix(parent + ".") }
        .map { String($0.name.dropFirst(parent.count + 1)) }
      return "\(parent) takes \(own.joined(separator: ", "))"
    }
    return "there are \(Section.all.map(\.name).joined(separator: ", "))"
  }
}
