/// Where a value was given.
public enum Origin: Equatable, Sendable {
  case file(path: String, line: Int)
  /// A variable of the environment.
  case environment(String)
  /// An option of the command line: `--set`, `--strength`.
  case option(String)

  /// Later ones win.
  var rank: Int {
    switch self {
    case .file: 1
    case .environment: 2
    case .option: 3
    }
  }

  /// How a message about `key` begins.
  func place(of key: String) -> String {
    switch self {
    case .file(let path, let line): "\(path):\(line): \(key)"
    case .environment(let variable): variable
    case .option("--set"): "--set \(key)"
    case .option(let option): option
    }
  }

  /// In the middle of a sentence.
  var words: String {
    switch self {
    case .file(_, let line): "line \(line)"
    case .environment(let variable): variable
    case .option(let option): option
    }
  }
}
