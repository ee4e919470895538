extension Pipeline {
  /// The short form, for a service manager and a log.
  public func engineStatus() -> EngineStatus {
    let status = status()
    return EngineStatus(
      capture: Self.side(status.capture), output: Self.side(status.output),
      hops: metrics.hops.value, rounds: rounds, figures: figures(status))
  }

  /// Every figure as `name=value`, for programs that read the log.
  public func details() -> String {
    let status = status()
    let compute = metrics.compute.snapshot()
    let lateness = metrics.lateness.snapshot()
    let counts: [(String, UInt64)] = [
      ("hops", metrics.hops.value), ("late", metrics.deadlineMisses.value),
      ("fallback", metrics.fallbackHops.value), ("lost", metrics.lostHops.value),
      ("dropped", metrics.droppedFrames.value), ("concealed", metrics.concealedFrames.value),
      ("ladder_steps", metrics.ladderSteps.value),
      ("latency_us", metrics.currentLatency.load(ordering: .relaxed) / 1000),
      ("target_us", metrics.targetLatency.load(ordering: .relaxed) / 1000),
      ("compute_p50_us", compute.percentile(50) / 1000),
      ("compute_p99_us", compute.percentile(99) / 1000), ("compute_max_us", compute.max / 1000),
      ("lateness_p50_us", lateness.percentile(50) / 1000),
      ("lateness_p99_us", lateness.percentile(99) / 1000),
      ("lateness_max_us", lateness.max / 1000),
    ]
    var parts = counts.map { "\($0.0)=\($0.1)" }
    parts.append("rung=\(metrics.rung.load(ordering: .relaxed))")
    parts.append("drift_ppm=\((metrics.driftPartsPerMillion * 10).rounded() / 10)")
    for (side, state) in [(Side.capture, status.capture.state), (.output, status.output.state)] {
      let counted = metrics[side]
      parts.append("\(side.name)=\(state.name)")
      parts.append("\(side.name)_xruns=\(counted.xruns.value)")
      parts.append("\(side.name)_stalls=\(counted.stalls.value)")
      parts.append("\(side.name)_suspends=\(counted.suspends.value)")
      parts.append("\(side.name)_reopenings=\(counted.reopenings.value)")
      parts.append("\(side.name)_frames=\(counted.frames.value)")
    }
    return parts.joined(separator: " ")
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
