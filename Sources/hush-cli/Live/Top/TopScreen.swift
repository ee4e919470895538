/// What `hush top` shows: a function of what is known and of the terminal's size.
struct TopScreen {
  struct Size: Equatable {
    var columns: Int
    var rows: Int
  }

  /// What is known.
  struct Picture {
    var history = TopHistory()
    /// Why there is no answer now; nil: there is.
    var trouble: String?
    /// What came of the last key.
    var note: String?
    /// The time of day, as it is shown.
    var clock = ""
    var showsHelp = false
    /// Whether keys do something.
    var takesKeys = true
  }

  /// Whether bars may be drawn with blocks.
  var isFine = true

  /// - Returns: no more lines than rows, none wider than the columns.
  func lines(_ picture: Picture, _ size: Size) -> [InkLine] {
    guard size.rows > 0, size.columns > 0 else { return [] }
    var sheet = Sheet()
    sheet.add(100, title(picture, size.columns))
    if picture.showsHelp {
      help(&sheet)
    } else if let status = picture.history.last {
      body(status, picture, size, &sheet)
    } else {
      sheet.add(99, InkLine(narrow(picture.trouble ?? "asking hushd ...")))
    }
    return sheet.fitted(size, footer: footer(picture, size.columns))
  }

  /// Lines, each with a rank: the lowest go first where rows are few.
  private struct Sheet {
    var lines: [(rank: Int, line: InkLine)] = []

    mutating func add(_ rank: Int, _ line: InkLine) { lines.append((rank, line)) }
    mutating func gap() { add(10, InkLine()) }

    func fitted(_ size: Size, footer: InkLine?) -> [InkLine] {
      var kept = lines
      let room = size.rows - (footer == nil || size.rows < 4 ? 0 : 1)
      while kept.count > room {
        let lowest = kept.map(\.rank).min() ?? 0
        guard let index = kept.lastIndex(where: { $0.rank == lowest }) else { break }
        kept.remove(at: index)
      }
      var result = kept.map { $0.line.cut(to: size.columns) }
      if let footer, size.rows >= 4 {
        while result.count < room { result.append(InkLine()) }
        result.append(footer.cut(to: size.columns))
      }
      return result
    }
  }

  // MARK: Head and foot

  private func title(_ picture: Picture, _ columns: Int) -> InkLine {
    var line = InkLine("hush top", .strong)
    line.add("  ")
    if picture.trouble != nil {
      line.add(" no hushd ", .bad)
    } else if let status = picture.history.last {
      line.add(" \(status.health.rawValue) ", ink(status.health))
    }
    if let status = picture.history.last {
      line.add("  hushd \(narrow(status.hushd))  up \(Self.span(status.uptime))", .faint)
    }
    line.end(picture.clock, .faint, columns: columns)
    return line
  }

  private func ink(_ health: Health) -> Ink {
    switch health {
    case .ok: .good
    case .degraded: .odd
    case .waiting: .bad
    case .finished: .plain
    }
  }

  private func footer(_ picture: Picture, _ columns: Int) -> InkLine? {
    guard picture.takesKeys else { return nil }
    let keys =
      picture.showsHelp
      ? [("?", "back"), ("q", "quit")]
      : [
        ("b", "bypass"), ("+/-", "strength"), ("m", "mute"), ("r", "reset"), ("?", "help"),
        ("q", "quit"),
      ]
    var pieces = keys.map { key, name in
      var piece = InkLine(key, .strong)
      piece.add(" \(name)", .faint)
      return piece
    }
    if InkLine(joining: pieces, by: "  ", columns: 1 << 20).width > columns {
      pieces = keys.map { InkLine($0.0, .strong) }
    }
    var line = InkLine(joining: pieces, by: "  ", columns: columns)
    guard let note = picture.note.map(narrow) else { return line }
    // What was refused, and why, takes the place of the keys.
    if line.width + 3 + note.count > columns { return InkLine(note, .odd) }
    line.add("   " + note, .odd)
    return line
  }

  // MARK: The body

  private func body(
    _ status: LiveStatus, _ picture: Picture, _ size: Size, _ sheet: inout Sheet
  ) {
    sheet.add(60, path(status))
    if let trouble = picture.trouble {
      for line in wrapped(narrow(trouble), size.columns).prefix(3) {
        sheet.add(99, InkLine(line, .bad))
      }
    } else {
      for problem in status.problems.prefix(3) {
        for (index, line) in wrapped(narrow(problem), size.columns - 2).prefix(2).enumerated() {
          sheet.add(
            index == 0 ? 88 : 48,
            InkLine((index == 0 ? "! " : "  ") + line, status.health == .waiting ? .bad : .odd))
        }
      }
    }
    sheet.gap()
    stages(status, picture.history, size.columns, &sheet)
    sheet.gap()
    times(status, size, &sheet)
    sheet.gap()
    deadline(status, size.columns, &sheet)
    sheet.gap()
    levels(status, size.columns, &sheet)
    sheet.gap()
    sheet.add(94, settings(status, size.columns))
    for line in load(status, picture.history, size.columns) { sheet.add(50, line) }
    // Old figures are not to be taken for new ones.
    if picture.trouble != nil {
      for index in sheet.lines.indices.dropFirst() where sheet.lines[index].rank != 99 {
        sheet.lines[index].line = sheet.lines[index].line.all(.faint)
      }
    }
  }

  private func path(_ status: LiveStatus) -> InkLine {
    var line = InkLine(narrow(status.capture.name))
    line.add(" > ", .faint)
    line.add(status.control.bypass ? "bypass" : status.model.map(narrow) ?? "no model")
    line.add(" > ", .faint)
    line.add(narrow(status.output.name))
    return line
  }

  /// In the words of pw-top: how many frames at once, how long until a stage begins and how long it
  /// works, both also as a share of the time there is.
  private func stages(
    _ status: LiveStatus, _ history: TopHistory, _ columns: Int, _ sheet: inout Sheet
  ) {
    let isWide = columns >= 72
    let isRoomy = columns >= 50
    func row(
      _ state: String, _ quantum: String, _ rate: String, _ wait: String, _ busy: String,
      _ waitShare: String, _ busyShare: String, _ errors: String, _ format: String, _ name: String,
      _ ink: Ink = .plain, errorInk: Ink = .plain
    ) -> InkLine {
      var line = InkLine(state, ink)
      if isRoomy { line.add(Self.right(quantum, 7) + Self.right(rate, 8)) }
      line.add(Self.right(wait, 8) + Self.right(busy, 8))
      if isWide { line.add(Self.right(waitShare, 6) + Self.right(busyShare, 6)) }
      line.add(Self.right(errors, 7), errorInk)
      line.add(" ")
      if isWide { line.add(" " + Self.left(format, 11)) }
      line.add(" " + name)
      return line
    }
    sheet.add(
      65,
      row("S", "QUANT", "RATE", "WAIT", "BUSY", "W/Q", "B/Q", "ERR", "FORMAT", "NAME").all(.faint))
    func side(_ side: LiveStatus.Side, _ stage: TopHistory.Stage, _ name: String) -> InkLine {
      let quantum = side.device.map { Double($0.period) / Double(max($0.rate, 1)) * 1e6 }
      let errors = side.xruns &+ side.stalls
      return row(
        Self.letter(side.state), side.device.map { "\($0.period)" } ?? "-",
        side.device.map { "\($0.rate)" } ?? "-", Self.time(stage.wait), Self.time(stage.busy),
        Self.share(stage.wait, quantum), Self.share(stage.busy, quantum), "\(errors)",
        side.device.map { "\(narrow($0.format)) x\($0.channels)" } ?? "-",
        (side.state == "running" ? name : "\(name) \(narrow(side.state))")
          + (columns >= 110 ? "  \(narrow(side.name))" : ""), self.ink(side.state),
        errorInk: errors > 0 ? .odd : .plain)
    }
    sheet.add(92, side(status.capture, history.capture, "capture"))
    let stage = history.denoise
    let hop = (status.hop ?? 8) * 1000
    let state = status.control.bypass ? "B" : status.rung == 0 ? "R" : "!"
    sheet.add(
      92,
      row(
        state, status.rate.map { "\(Int(Double($0) * hop / 1e6))" } ?? "-",
        status.rate.map(String.init) ?? "-", Self.time(stage.wait), Self.time(stage.busy),
        Self.share(stage.wait, hop), Self.share(stage.busy, hop), "\(status.hops.late)",
        status.channels.map { "float x\($0)" } ?? "-",
        "denoise" + (columns >= 110 ? "  \(status.model.map(narrow) ?? "no model")" : ""),
        state == "R" ? .good : .odd, errorInk: status.hops.late > 0 ? .odd : .plain))
    sheet.add(92, side(status.output, history.output, "output"))
  }

  private func ink(_ state: String) -> Ink {
    switch state {
    case "running": .good
    case "stopped": .plain
    case "starting": .odd
    default: .bad
    }
  }

  /// As pw-top has them: Running, Idle, Suspended; and what is wrong.
  private static func letter(_ state: String) -> String {
    switch state {
    case "running": "R"
    case "starting": "C"
    case "stopped": "S"
    default: "!"
    }
  }

  // MARK: Latency and deadline

  private func times(_ status: LiveStatus, _ size: Size, _ sheet: inout Sheet) {
    let isMeasured = status.latency.count > 0
    let shown = isMeasured ? status.latency : status.compute
    let unit = isMeasured ? "ms" : "us"
    var line = InkLine(Self.left(isMeasured ? "LATENCY" : "BUSY", 9), .strong)
    if isMeasured {
      line.add(status.latency.now.map { "\(decimals($0, 1)) ms" } ?? "-", .strong)
    } else {
      line.add("a hop, us", .faint)
    }
    let target = isMeasured ? status.latency.target : nil
    var pieces = target.map { [piece("held to", decimals($0, 1))] } ?? []
    for (name, value) in [
      ("p50", shown.p50), ("p99", shown.p99), ("p99.9", shown.p999), ("max", shown.max),
    ] {
      pieces.append(piece(name, decimals(value, isMeasured ? 1 : 0)))
    }
    line = InkLine(joining: [line] + pieces, by: "  ", columns: size.columns)
    sheet.add(90, line)
    for (index, row) in histogram(shown, unit, size.columns).enumerated() {
      sheet.add(40 - index, row)
    }
  }

  /// Of the buckets in use the fullest stretch, five at most; what is outside it is in its ends.
  private func histogram(_ shown: Distribution, _ unit: String, _ columns: Int) -> [InkLine] {
    let parts = shown.parts
    let total = parts.reduce(0.0) { $0 + Double($1) }
    guard total > 0, let first = parts.firstIndex(where: { $0 > 0 }),
      let last = parts.lastIndex(where: { $0 > 0 })
    else { return [] }
    let fullest = parts.indices.max { parts[$0] < parts[$1] } ?? first
    let most = 5
    var low = first
    if last - first >= most { low = min(max(fullest - 1, first), last - most + 1) }
    let high = min(low + most - 1, last)
    return (low...high).map { index in
      let from = index == low ? first : index
      let to = index == high ? last : index
      let count = parts[from...to].reduce(0) { $0 &+ $1 }
      let start = from == 0 ? 0 : shown.buckets[from - 1].bound
      let range =
        to < shown.buckets.count
        ? "\(Self.bound(start))-\(Self.bound(shown.buckets[to].bound)) \(unit)"
        : "\(Self.bound(start)) \(unit) up"
      let share = Double(count) / total
      let label = Self.right(range, 14) + " "
      let figures = Self.right(Self.percent(share), 8) + Self.right("\(count)", 11)
      var line = InkLine(label, .faint)
      bar.draw(share, columns: columns - label.count - figures.count, .level, on: &line)
      line.add(figures, .faint)
      return line
    }
  }

  private func deadline(_ status: LiveStatus, _ columns: Int, _ sheet: inout Sheet) {
    // Of two histograms only the sums of like ranks are known: no hop did worse than the last.
    let usual = (status.lateness.p50 + status.compute.p50) / 1000
    let worst = (status.lateness.max + status.compute.max) / 1000
    let rare = (status.lateness.p999 + status.compute.p999) / 1000
    // Where none was late, none had less than nothing left.
    let least = status.hops.late == 0 ? max(0, status.deadline - worst) : status.deadline - worst
    var late = piece("late", "\(status.hops.late)", status.hops.late > 0 ? .odd : .good)
    late.add(" of \(status.hops.done)", .faint)
    var line = InkLine(Self.left("MARGIN", 9), .strong)
    line.add("\(decimals(status.deadline - usual, 1)) ms", .strong)
    line.add(" of \(decimals(status.deadline, 1))", .faint)
    var pieces = [
      line,
      piece("p99.9", decimals(status.deadline - rare, 1), rare > status.deadline ? .bad : .plain),
      piece("least", decimals(least, 1), least < 0 ? .odd : .plain), late,
    ]
    if status.hops.fallback > 0 {
      pieces.append(piece("fallback", "\(status.hops.fallback)", .odd))
    }
    let lost = status.hops.uncaptured &+ status.hops.unheard
    if lost > 0 { pieces.append(piece("lost", "\(lost)", .odd)) }
    line = InkLine(joining: pieces, by: "  ", columns: columns)
    sheet.add(89, line)
    let share = status.deadline > 0 ? usual / status.deadline : 0
    var used = InkLine(Self.right("used", 8) + " ", .faint)
    used.add(Self.right(Self.percent(share), 10) + " ")
    bar.draw(
      share, columns: columns - used.width, share > 0.8 ? .bad : share > 0.5 ? .odd : .good,
      on: &used)
    sheet.add(55, used)
  }

  // MARK: Levels, settings, processors

  private func levels(_ status: LiveStatus, _ columns: Int, _ sheet: inout Sheet) {
    let levels = status.levels
    func row(_ title: String, _ figure: String, _ share: Double, _ ink: Ink, isLevel: Bool)
      -> InkLine
    {
      var line = InkLine(Self.right(title, 8) + " ", .faint)
      line.add(Self.right(figure, 10) + " ")
      bar.draw(share, columns: columns - line.width, ink, isLevel: isLevel, on: &line)
      return line
    }
    func dbfs(_ value: Double) -> String { "\(decimals(value, 1)) dBFS" }
    sheet.add(
      86,
      row("before", dbfs(levels.input), (levels.input + 90) / 90, .level, isLevel: true))
    sheet.add(
      85,
      row("after", dbfs(levels.output), (levels.output + 90) / 90, .level, isLevel: true))
    sheet.add(
      84,
      row(
        "removed", "\(decimals(levels.removed, 1)) dB", levels.removed / 40, .good, isLevel: false))
    sheet.add(
      45, row("speech", Self.percent(levels.speech), levels.speech, .good, isLevel: false))
    if let presence = levels.presence {
      sheet.add(
        46, row("presence", Self.percent(presence), presence, .good, isLevel: false))
    }
  }

  private func settings(_ status: LiveStatus, _ columns: Int) -> InkLine {
    let control = status.control
    func flag(_ name: String, _ isOn: Bool) -> InkLine {
      piece(name, isOn ? "on" : "off", isOn ? .odd : .plain)
    }
    return InkLine(
      joining: [
        piece("strength", StatusLine.strength(control.strength), .strong),
        flag("bypass", control.bypass), flag("mute", control.mute),
        piece("drift", (status.drift > 0 ? "+" : "") + decimals(status.drift, 1) + " ppm"),
        piece(
          "memory", status.memory.locked ? "locked" : "not locked",
          status.memory.locked ? .plain : .odd),
      ], by: "   ", columns: columns)
  }

  private func piece(_ name: String, _ value: String, _ ink: Ink = .plain) -> InkLine {
    var line = InkLine("\(name) ", .faint)
    line.add(value, ink)
    return line
  }

  /// Each thread with its scheduling and its share of a processor, as many to a line as there is
  /// room for.
  private func load(_ status: LiveStatus, _ history: TopHistory, _ columns: Int) -> [InkLine] {
    var lines = [InkLine(Self.left("CPU", 5), .strong)]
    for thread in status.threads.prefix(16) {
      let grant = thread.priority > 0 ? " \(narrow(thread.policy))\(thread.priority)" : ""
      let load = history.load(thread.name).map { decimals($0, 1) + "%" } ?? "-"
      let text = "\(narrow(thread.name))\(grant) \(load)"
      if lines[lines.count - 1].width + text.count + 2 > columns, lines[lines.count - 1].width > 5 {
        lines.append(InkLine("     "))
      }
      if lines[lines.count - 1].width > 5 { lines[lines.count - 1].add("  ") }
      lines[lines.count - 1].add("\(narrow(thread.name))", .faint)
      lines[lines.count - 1].add(grant, .faint)
      lines[lines.count - 1].add(" \(load)")
    }
    return lines
  }

  // MARK: Help

  private func help(_ sheet: inout Sheet) {
    let rows: [(String, String)] = [
      ("b", "bypass on and off: the sound passes as it is"),
      ("+ -", "3 dB more or less of the noise may be removed"),
      ("m", "mute on and off"), ("r", "the denoiser forgets what it has heard"),
      ("q", "quit; Ctrl-C does too"), ("", ""),
      ("S", "R running  C starting  S stopped  B bypassed  ! waiting, or a rung down"),
      ("QUANT", "frames at a time; RATE frames a second"),
      ("WAIT", "until a stage begins after it could; median of the last 5 s"),
      ("BUSY", "processor time that it takes each time; W/Q, B/Q as shares of QUANT"),
      ("ERR", "xruns and stalls of a device; hops that were late"), ("", ""),
      ("LATENCY", "from microphone to loudspeaker, all counted, since hushd began"),
      ("MARGIN", "what is left of a hop's deadline; least: no hop had less"),
      ("removed", "level before less level after; speech: how much of it is speech"),
      ("presence", "how sure the model is that somebody speaks"),
    ]
    sheet.gap()
    for (index, row) in rows.enumerated() {
      var line = InkLine(Self.left(row.0, 9), .strong)
      line.add(row.1)
      sheet.add(row.0.isEmpty ? 10 : 80 - index, row.0.isEmpty ? InkLine() : line)
    }
  }

  // MARK: Words

  private var bar: Bar { Bar(isFine: isFine) }

  private static func right(_ text: String, _ columns: Int) -> String {
    String(repeating: " ", count: max(0, columns - text.count)) + text
  }

  private static func left(_ text: String, _ columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - text.count))
  }

  private static func time(_ microseconds: Double?) -> String {
    guard let value = microseconds, value.isFinite else { return "-" }
    if value < 999.5 { return "\(decimals(value, value < 9.95 ? 1 : 0))us" }
    if value < 999_500 { return "\(decimals(value / 1000, value < 99_950 ? 1 : 0))ms" }
    return "\(decimals(value / 1e6, 1))s"
  }

  private static func share(_ part: Double?, _ whole: Double?) -> String {
    guard let part, let whole, whole > 0 else { return "-" }
    return decimals(part / whole, 2)
  }

  private static func percent(_ share: Double) -> String {
    share > 0 && share < 0.0005 ? "<0.1 %" : "\(decimals(share * 100, 1)) %"
  }

  private static func bound(_ value: Double) -> String {
    value == value.rounded() ? decimals(value, 0) : decimals(value, 1)
  }

  /// Such as 3:12:45, or 2 d 03:12.
  static func span(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "?" }
    let whole = Int(seconds)
    func two(_ value: Int) -> String { (value < 10 ? "0" : "") + "\(value)" }
    let (days, hours, minutes) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60)
    return days > 0
      ? "\(days) d \(two(hours)):\(two(minutes))" : "\(hours):\(two(minutes)):\(two(whole % 60))"
  }
}
