/// The last seconds, to tell how fast things go now.
struct TopHistory {
  /// What a stage of the path does, as pw-top has it.
  struct Stage: Equatable {
    /// Microseconds from when it could begin until it did, the median.
    var wait: Double?
    /// Microseconds of work a turn.
    var busy: Double?
  }

  private var past: [LiveStatus] = []

  /// Seconds looked back on.
  static let span = 5.0

  var last: LiveStatus? { past.last }

  mutating func add(_ status: LiveStatus) {
    // Another hushd than before.
    if let last, last.uptime > status.uptime || last.hops.done > status.hops.done { past = [] }
    past.append(status)
    while past.count > 2, status.uptime - past[1].uptime >= Self.span { past.removeFirst() }
    if past.count > 200 { past.removeFirst() }
  }

  /// The last status, changed as it will be.
  mutating func foresee(_ status: LiveStatus) {
    guard !past.isEmpty else { return }
    past[past.count - 1] = status
  }

  /// A thread's share of a processor, in percent; nil: not known yet.
  func load(_ name: String) -> Double? {
    guard let seconds else { return nil }
    return spent(name).map { $0 / seconds * 100 }
  }

  var capture: Stage { side(\.capture, "capture") }
  var output: Stage { side(\.output, "output") }

  var denoise: Stage {
    guard let first = past.first, let last, past.count > 1 else { return Stage() }
    let hops = last.hops.done &- first.hops.done
    return Stage(
      wait: last.lateness.median(since: first.lateness),
      busy: hops > 0 ? spent("denoise").map { $0 / Double(hops) * 1e6 } : nil)
  }

  private func side(_ path: KeyPath<LiveStatus, LiveStatus.Side>, _ thread: String) -> Stage {
    guard let first = past.first, let last, past.count > 1 else { return Stage() }
    var stage = Stage(
      wait: last[keyPath: path].lateness.median(since: first[keyPath: path].lateness))
    let (before, after) = (first[keyPath: path].frames, last[keyPath: path].frames)
    if let period = last[keyPath: path].device?.period, period > 0, after > before {
      let turns = Double(after - before) / Double(period)
      stage.busy = spent(thread).map { $0 / turns * 1e6 }
    }
    return stage
  }

  private var seconds: Double? {
    guard let first = past.first, let last, last.uptime > first.uptime else { return nil }
    return last.uptime - first.uptime
  }

  /// Processor time of a thread in that time.
  private func spent(_ name: String) -> Double? {
    guard past.count > 1, let before = past.first?.threads.first(where: { $0.name == name }),
      let after = last?.threads.first(where: { $0.name == name })
    else { return nil }
    return max(0, after.seconds - before.seconds)
  }
}
