extension Key {
  /// Its range, its default, and what it goes with, in one paragraph.
  public var rangeText: String {
    var text = upperFirst(kind.expectation)
    if let word { text += "; \(word.text): \(word.meaning)" }
    text += ". Default: \(defaultText)."
    if !types.isEmpty { text += " With type \(listed(types)) only." }
    if isLive { text += " Live." }
    return text
  }
}

/// Articles and the like begin a sentence; values and names stand as they are.
private func upperFirst(_ text: String) -> String {
  text.hasPrefix("a ") || text.hasPrefix("the ") || text.hasPrefix("yes ")
    ? text.prefix(1).uppercased() + text.dropFirst() : text
}
