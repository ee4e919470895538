import Glibc

/// The files of a recording: their names from a pattern with strftime's fields, and which of the
/// files in a directory are such.
final class RecordingNames {
  let pattern: String
  /// Whether the directory's name has fields too; it is then made as needed, and only files of this
  /// recording are found again.
  let directoryVaries: Bool
  private var own: [String] = []

  init(pattern: String) {
    self.pattern = pattern
    directoryVaries = directoryName(pattern).contains("%")
  }

  /// The pattern with the local time in it, and a number where that is taken.
  func unused(at moment: time_t = Glibc.time(nil)) -> String {
    let path = RecordingNames.fill(pattern, at: moment)
    var candidate = path
    var number = 1
    while access(candidate, F_OK) == 0 {
      number += 1
      candidate = RecordingNames.numbered(path, number)
    }
    return candidate
  }

  private static func numbered(_ path: String, _ number: Int) -> String {
    let name = fileName(path)
    let stem = name.lastIndex(of: ".").map { name[..<$0] } ?? name[...]
    let rest = name[stem.endIndex...]
    return String(path.dropLast(name.count)) + "\(stem)-\(number)\(rest)"
  }

  static func fill(_ pattern: String, at moment: time_t) -> String {
    guard pattern.contains("%") else { return pattern }
    var (moment, parts) = (moment, tm())
    localtime_r(&moment, &parts)
    var bytes = [CChar](repeating: 0, count: 4096)
    let count = strftime(&bytes, bytes.count, pattern, &parts)
    return count > 0
      ? String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      : pattern
  }

  func makeDirectory() {
    let path = directoryName(RecordingNames.fill(pattern, at: Glibc.time(nil)))
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/\(part)"
      // What is there already fails, and what cannot be made is told when the file is.
      mkdir(made, 0o777)
    }
  }

  /// Removes files of this pattern, the oldest first, until so many are left.
  func removeOldest(keeping keep: Int, last: String) {
    own.append(last)
    let paths = directoryVaries ? own : found()
    if paths.count > keep {
      for path in paths.prefix(paths.count - keep) where path != last { unlink(path) }
    }
    own.removeAll { access($0, F_OK) != 0 }
  }

  /// The pattern's files in its directory, the oldest first.
  private func found() -> [String] {
    let directory = directoryName(pattern)
    guard let listing = opendir(directory) else { return [] }
    defer { closedir(listing) }
    var files: [(path: String, time: timespec)] = []
    while let entry = readdir(listing) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      let path = joinPath(directory, name)
      var about = stat()
      if RecordingNames.matches(name, fileName(pattern)), lstat(path, &about) == 0,
        about.st_mode & S_IFMT == S_IFREG
      {
        files.append((path, about.st_mtim))
      }
    }
    return files.sorted {
      ($0.time.tv_sec, $0.time.tv_nsec, $0.path) < ($1.time.tv_sec, $1.time.tv_nsec, $1.path)
    }.map(\.path)
  }

  /// Whether a name may have come from the pattern: digits in the place of each field, and perhaps a
  /// number before the extension. A field that is no number matches nothing: no file of another
  /// kind may ever be taken for a recording.
  static func matches(_ name: String, _ pattern: String) -> Bool {
    let (name, pattern) = (Array(name), Array(pattern))
    let dot = pattern.lastIndex(of: ".") ?? pattern.count
    guard let stem = match(name[...], pattern[..<dot]) else { return false }
    if stem.elementsEqual(pattern[dot...]) { return true }
    guard stem.first == "-" else { return false }
    let digits = stem.dropFirst().prefix { $0 >= "0" && $0 <= "9" }
    return !digits.isEmpty && stem.dropFirst(1 + digits.count).elementsEqual(pattern[dot...])
  }

  /// What of `name` is left after `pattern`; nil: they differ.
  private static func match(
    _ name: ArraySlice<Character>, _ pattern: ArraySlice<Character>
  ) -> ArraySlice<Character>? {
    var (name, pattern) = (name, pattern)
    while let next = pattern.popFirst() {
      if next != "%" {
        guard name.popFirst() == next else { return nil }
        continue
      }
      guard let field = pattern.popFirst(), let shape = shapes[field] else { return nil }
      for kind in shape {
        guard let character = name.popFirst() else { return nil }
        let isDigit = character >= "0" && character <= "9"
        guard kind == "0" ? isDigit : character == kind else { return nil }
      }
    }
    return name
  }

  private static let shapes: [Character: String] = [
    "Y": "0000", "m": "00", "d": "00", "H": "00", "M": "00", "S": "00", "y": "00", "j": "000",
    "I": "00", "U": "00", "V": "00", "W": "00", "C": "00", "F": "0000-00-00", "T": "00:00:00",
    "R": "00:00", "s": "0000000000", "%": "%",
  ]
}
