import Pipeline

extension EngineStatus {
  /// For `STATUS=` and for people: `capture running (hw:1), output waiting (default: no such
  /// device)`.
  var summary: String {
    let sides = "capture \(StatusText.words(capture)), output \(StatusText.words(output))"
    return figures.isEmpty ? sides : sides + "; " + figures
  }
}

enum StatusText {
  static func words(_ side: EngineStatus.SideStatus) -> String {
    side.text.isEmpty ? side.state.name : "\(side.state.name) (\(side.text))"
  }
}
