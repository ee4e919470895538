import Pipeline

/// Whether all is well, in a word for scripts and in lines for people.
struct Health {
  /// ok, degraded, waiting or finished.
  let word: String
  let problems: [String]
  /// Seconds since the last late hop or xrun; nil: none yet.
  let sinceTrouble: Double?

  /// Seconds after which trouble is forgotten.
  private static let memory = 60.0

  init(_ reading: Reading, _ service: Service) {
    let status = reading.status
    var problems: [String] = []
    for (name, side) in [("capture", status.capture), ("output", status.output)] {
      if side.state != .running, side.state != .stopped || side.reason != nil {
        problems.append("\(name) \(side.state.name)" + (side.reason.map { ": \($0)" } ?? ""))
      }
    }
    let isWaiting = [status.capture.state, status.output.state].contains {
      $0 == .waiting || $0 == .recovering || $0 == .starting
    }
    sinceTrouble = service.trouble.map { Double(reading.now &- min($0, reading.now)) / 1e9 }
    let isTroubled = sinceTrouble.map { $0 < Self.memory } ?? false
    if isTroubled { problems.append("a late hop or an xrun in the last minute") }
    if reading.rung > 0 {
      problems.append(
        reading.model.map { "too slow for the model asked for; on \($0)" }
          ?? "too slow for a model; the noise is removed by the last mask, or not at all")
    }
    problems += status.warnings
    self.problems = problems
    word =
      if status.isFinished {
        "finished"
      } else if isWaiting {
        "waiting"
      } else if isTroubled || reading.rung > 0 {
        "degraded"
      } else {
        "ok"
      }
  }
}
