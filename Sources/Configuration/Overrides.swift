/// What a command line says about keys, each with the option that says it.
public struct Overrides: Equatable, Sendable {
  struct Item: Equatable, Sendable {
    let option: String
    let key: String
    let text: String
  }
  private(set) var items: [Item] = []

  public init() {}

  /// `--set capture.device=hw:1`.
  public mutating func set(_ assignment: String) throws(ConfigurationError) {
    guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
      throw ConfigurationError(
        .commandLine,
        "--set \(quoted(assignment)): has no value; write --set KEY=VALUE, such as "
          + "--set capture.device=hw:1")
    }
    let name = trim(String(assignment[..<equals]))
    let text = trim(String(assignment[assignment.index(after: equals)...]))
    guard Key.named[name] != nil else {
      throw ConfigurationError(
        .commandLine,
        Key.groups.contains(name)
          ? "--set \(name): holds keys, not a value; name one of them, such as "
            + (Key.all.first { $0.name.hasPrefix(name + ".") }?.name ?? "")
          : "--set \(name): is not a key of hushd; \(Key.mend(forUnknown: name))")
    }
    items.append(Item(option: "--set", key: name, text: text))
  }

  /// An ALSA device to take sound from: `--capture NAME`.
  public mutating func capture(_ device: String) {
    items.append(Item(option: "--capture", key: Key.captureType.name, text: "alsa"))
    items.append(Item(option: "--capture", key: Key.captureDevice.name, text: device))
  }

  /// An ALSA device to play on: `--output NAME`.
  public mutating func output(_ device: String) {
    items.append(Item(option: "--output", key: Key.outputType.name, text: "alsa"))
    items.append(Item(option: "--output", key: Key.outputDevice.name, text: device))
  }

  /// `--strength 18dB`.
  public mutating func strength(_ text: String) {
    items.append(Item(option: "--strength", key: Key.strength.name, text: text))
  }

  /// `--bypass`.
  public mutating func bypass() {
    items.append(Item(option: "--bypass", key: Key.bypass.name, text: "yes"))
  }

  func entries() throws(ConfigurationError) -> Entries {
    var entries: Entries = [:]
    for item in items {
      guard let key = Key.named[item.key] else { continue }
      entries[key.name] = try entry(key, item.text, .option(item.option))
    }
    return entries
  }
}

/// A value given as text outside the file.
func entry(_ key: Key, _ text: String, _ origin: Origin) throws(ConfigurationError) -> Entry {
  do throws(Complaint) {
    let isWord = key.word?.text == text.lowercased()
    let raw: Raw = key.kind.isList && !isWord ? listItems(text) : .scalar(text)
    return Entry(value: try key.parse(raw), origin: origin)
  } catch {
    throw ConfigurationError(origin, key.name, error.problem, error.mend ?? key.mend)
  }
}
