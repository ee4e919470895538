extension Pipeline {
  /// The short form, for a service manager and a log.
  public func engineStatus() -> EngineStatus {
    let status = status()
    return EngineStatus(
      capture: Self.side(status.capture), output: Self.side(status.output),
      hops: metrics.hops.value, rounds: rounds, figures: figures(status))
  }

  private static func side(_ side: PipelineStatus.SideStatus) -> EngineStatus.SideStatus {
    var text = side.name
    if let stream = side.stream {
      text += ", \(stream.rate) Hz, \(stream.format), \(stream.channels) ch"
      text += ", \(stream.buffer / stream.period) x \(stream.period)"
    }
    // The reason names the device itself.
    if let reason = side.reason { text = reason }
    return EngineStatus.SideStatus(side.state, text)
  }

  private func figures(_ status: PipelineStatus) -> String {
    var parts: [String] = []
    let latency = metrics.currentLatency.load(ordering: .relaxed)
    if latency > 0, status.output.state == .running {
      parts.append("latency \(Self.milliseconds(latency)) ms")
    }
    let xruns = metrics.capture.xruns.value + metrics.output.xruns.value
    if xruns > 0 { parts.append("\(xruns) xruns") }
    let misses = metrics.deadlineMisses.value
    if misses > 0 { parts.append("\(misses) late hops") }
    let rung = metrics.rung.load(ordering: .relaxed)
    if rung > 0 {
      parts.append(
        rung < status.models.count ? "on \(status.models[rung])" : "fallback, too slow for a model")
    }
    return parts.joined(separator: ", ")
  }

  private static func milliseconds(_ nanoseconds: UInt64) -> String {
    let tenths = (nanoseconds + 50_000) / 100_000
    return "\(tenths / 10).\(tenths % 10)"
  }
}
