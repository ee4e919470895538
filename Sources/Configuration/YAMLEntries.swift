import Yams

/// What a YAML text sets.
struct YAMLEntries {
  private let path: String
  private let text: String
  private var entries: Entries = [:]

  /// `path` is for messages.
  static func read(_ text: String, path: String) throws(ConfigurationError) -> Entries {
    var reader = YAMLEntries(path: path, text: text)
    guard let root = try reader.compose() else { return [:] }
    switch root {
    case .mapping(let mapping): try reader.take(mapping, below: "")
    case .scalar(let scalar) where isNothing(scalar): break
    default:
      throw reader.problem(
        root.mark?.line ?? 1,
        "is no list of settings; write keys, such as `capture:` and below it, "
          + "indented, `device: default`")
    }
    return reader.entries
  }

  private init(path: String, text: String) {
    self.path = path
    self.text = text
  }

  private func problem(_ line: Int, _ what: String) -> ConfigurationError {
    ConfigurationError(.file, "\(path):\(line): \(what)")
  }

  private func compose() throws(ConfigurationError) -> Node? {
    do {
      return try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw syntaxProblem(error)
    } catch {
      throw problem(1, "cannot be read: \(error)")
    }
  }

  private mutating func take(_ mapping: Node.Mapping, below group: String)
    throws(ConfigurationError)
  {
    for (keyNode, node) in mapping {
      let line = keyNode.mark?.line ?? 1
      guard case .scalar(let scalar) = keyNode else {
        throw problem(line, "a key has to be a word, such as `device`")
      }
      let name = group.isEmpty ? scalar.string : group + "." + scalar.string
      if let key = Key.named[name] {
        try set(key, node, line)
      } else if Key.groups.contains(name) {
        try takeGroup(name, node, line)
      } else {
        throw problem(
          line, "\(quoted(name)) is not a key of hushd; \(Key.mend(forUnknown: name))")
      }
    }
  }

  private mutating func takeGroup(_ name: String, _ node: Node, _ line: Int)
    throws(ConfigurationError)
  {
    switch node {
    case .mapping(let mapping): try take(mapping, below: name)
    // All below it is commented out.
    case .scalar(let scalar) where YAMLEntries.isNothing(scalar): break
    default:
      let example = Key.all.first { $0.name.hasPrefix(name + ".") }
      let own = example.map { $0.name.dropFirst(name.count + 1) } ?? ""
      throw problem(
        line,
        "\(name): holds keys, not a value; write `\(name.split(separator: ".").last ?? ""):` "
          + "and below it, indented, such as `\(own): \(example?.defaultText ?? "")`")
    }
  }

  private mutating func set(_ key: Key, _ node: Node, _ line: Int) throws(ConfigurationError) {
    if let before = entries[key.name] {
      throw problem(line, "\(key.name): is set on \(before.origin.words) already; keep one of them")
    }
    let origin = Origin.file(path: path, line: line)
    do throws(Complaint) {
      entries[key.name] = Entry(value: try key.parse(raw(node)), origin: origin)
    } catch {
      throw ConfigurationError(origin, key.name, error.problem, error.mend ?? key.mend)
    }
  }

  private func raw(_ node: Node) -> Raw {
    switch node {
    case .scalar(let scalar):
      return YAMLEntries.isNothing(scalar) ? .nothing : .scalar(scalar.string)
    case .sequence(let sequence):
      var items: [String] = []
      for item in sequence {
        guard case .scalar(let scalar) = item else {
          return .other("a list of more than plain values")
        }
        items.append(scalar.string)
      }
      return .list(items)
    case .mapping: return .other("a group of keys, and one value is wanted")
    case .alias: return .other("an alias, which is not followed")
    }
  }

  private static func isNothing(_ scalar: Node.Scalar) -> Bool {
    scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}

extension YAMLEntries {
  /// libyaml's words made ours, for the mistakes people make.
  private func syntaxProblem(_ error: YamlError) -> ConfigurationError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return self.problem(mark.line, at(mark) + words(problem, mark))
    case .duplicatedKeysInMapping(let names, let context):
      let name = names.first ?? ""
      let line = secondLine(of: name, after: context.mark)
      return problem(
        line, "\(quoted(name)) is set on line \(context.mark.line) already; keep one of them")
    case .reader(_, let offset, _, _):
      let before = text.prefix(offset ?? 0)
      let line = before.count { $0.isNewline } + 1
      return problem(
        line, "holds a character that YAML does not allow; write the line anew")
    default:
      return problem(1, "cannot be read as YAML; write `key: value` lines, indented with spaces")
    }
  }

  private func at(_ mark: Mark) -> String { "column \(mark.column): " }

  private func words(_ problem: String, _ mark: Mark) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = lines.indices.contains(mark.line - 1) ? lines[mark.line - 1] : ""
    if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
      return "the line is indented with a tab; use spaces"
    }
    switch problem {
    case "could not find expected ':'":
      return "a colon is missing here or on the line before; write `key: value`"
    case "mapping values are not allowed in this context":
      return "a key stands where none can; check the indentation, and put a value that holds "
        + "': ' in quotes"
    case "did not find expected key":
      return "the indentation does not fit the lines before; line up keys of one group"
    case "found undefined alias", "did not find expected alphabetic or numeric character":
      return "a value that begins with * has to be in quotes"
    case "but found another document":
      return "a second document begins here; remove the `---` line"
    case let problem where problem.contains("cannot start any token"):
      return "a value cannot begin with this character; put it in quotes"
    case let problem where problem.contains("end of stream"):
      return "a quote is opened and not closed; close it"
    case let problem where problem.contains("',' or ']'"):
      return "a bracket is opened and not closed; close it"
    case let problem where problem.contains("',' or '}'"):
      return "a brace is opened and not closed; close it"
    default:
      return "is not YAML (\(problem)); write `key: value` lines, indented with spaces"
    }
  }

  /// Where the key whose first line is known stands again: the parser tells the first only.
  private func secondLine(of name: String, after mark: Mark) -> Int {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for index in lines.indices.dropFirst(mark.line) {
      let body = lines[index].drop { $0 == " " }
      let depth = lines[index].count - body.count
      let key = body.prefix { $0 != ":" && $0 != " " }.filter { $0 != "\"" && $0 != "'" }
      if depth == mark.column - 1, key == name { return index + 1 }
    }
    return mark.line
  }
}
