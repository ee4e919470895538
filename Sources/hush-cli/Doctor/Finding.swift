/// What a check has found.
struct Finding: Encodable, Equatable {
  enum Verdict: String, Encodable, CaseIterable {
    /// Nothing is wrong.
    case fine
    /// Worth knowing; sound does not suffer.
    case note
    /// It stands between the user and sound without gaps.
    case problem
  }

  /// Which check, such as "realtime"; for programs.
  var check: String
  var verdict: Verdict
  /// What is so, in a line.
  var text: String
  /// The command that mends it.
  var mend: String?

  init(_ check: String, _ verdict: Verdict, _ text: String, mend: String? = nil) {
    self.check = check
    self.verdict = verdict
    self.text = visible(text)
    self.mend = mend
  }

  /// For people.
  var lines: [String] {
    let mark =
      switch verdict {
      case .fine: "fine     "
      case .note: "note     "
      case .problem: "PROBLEM  "
      }
    let body = wrapped(text, 88 - mark.count)
    let head = body.enumerated().map { ($0.offset == 0 ? mark : "         ") + $0.element }
    return head + (mend.map { ["           mend:  \($0)"] } ?? [])
  }
}

/// Text in lines of no more than so many columns, if its words allow it.
func wrapped(_ text: String, _ columns: Int) -> [String] {
  var lines: [String] = [""]
  for word in text.split(separator: " ") {
    let line = lines[lines.count - 1]
    if line.isEmpty {
      lines[lines.count - 1] = String(word)
    } else if line.count + 1 + word.count <= columns {
      lines[lines.count - 1] += " " + word
    } else {
      lines.append(String(word))
    }
  }
  return lines
}
