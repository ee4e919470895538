import Foundation

extension Sample {
  private static let columns: [(name: String, width: Int)] = [
    ("s", 7), ("told ms", 9), ("heard ms", 9), ("xruns c/o", 10), ("late", 6), ("fallb.", 7),
    ("dropped", 8), ("made up", 8), ("drift", 7), ("RSS MB", 8), ("fds", 4), ("faults", 7),
    ("CPU s", 8),
  ]

  static var heading: String { row(columns.map(\.name)) }

  private static func row(_ cells: [String]) -> String {
    zip(cells, columns).map { cell, column in
      String(repeating: " ", count: max(1, column.width - cell.count)) + cell
    }.joined()
  }

  func figure(_ name: String) -> Int { Int(figures[name] ?? 0) }

  var row: String {
    func text(_ value: Double?, _ digits: Int = 2) -> String {
      value.map { String(format: "%.\(digits)f", $0) } ?? "-"
    }
    return Self.row([
      text(time, 0), text(reported), (isCalm ? "" : "*") + text(measured),
      "\(figure("capture_xruns"))/\(figure("output_xruns"))", "\(figure("late"))",
      "\(figure("fallback"))", "\(figure("dropped"))", "\(figure("concealed"))",
      text(figures["drift_ppm"], 0), text(Double(process.resident) / 1024, 1),
      "\(process.descriptors)", "\(process.audioFaults)/\(process.audioMajorFaults)",
      text(process.processor, 1),
    ])
  }
}

/// What came of it all.
struct Summary {
  private var figures: [(name: String, value: Double)] = []
  /// What is not as it should be.
  private(set) var faults: [String] = []

  init(
    _ samples: [Sample], trouble: Trouble, status: Int32, rate: Int, ppm: Double, stressed: Bool
  ) {
    func add(_ name: String, _ value: Double?) { value.map { figures.append((name, $0)) } }
    add("rate_hz", Double(rate))
    add("clock_ppm", ppm)
    add("stressed", stressed ? 1 : 0)
    add("exit_status", Double(status))
    if status != 0 { faults.append("hushd ended with \(status)") }
    // Not the first ones: buffers fill, and clocks are learnt.
    guard let first = samples.first(where: { $0.time > 20 }) ?? samples.first,
      let last = samples.last
    else {
      faults.append("no reading at all")
      return
    }
    add("seconds", last.time)
    add("readings", Double(samples.count))

    let calm = samples.filter { $0.isCalm && (ppm == 0 || $0.time > 60 || last.time < 90) }
    let pairs = calm.compactMap { sample in
      sample.measured.flatMap { heard in sample.reported.map { (heard, $0, sample.target) } }
    }
    add("readings_calm", Double(calm.count))
    add("readings_measured", Double(pairs.count))
    add("latency_target_ms", last.target)
    add("latency_reported_start_ms", first.reported)
    add("latency_reported_end_ms", last.reported)
    add("latency_reported_median_ms", Self.median(calm.compactMap(\.reported)))
    add("latency_reported_max_ms", calm.compactMap(\.reported).max())
    add("latency_measured_start_ms", pairs.first?.0)
    add("latency_measured_end_ms", pairs.last?.0)
    add("latency_measured_median_ms", Self.median(pairs.map { $0.0 }))
    add("latency_measured_max_ms", pairs.map { $0.0 }.max())
    let disagreements = pairs.map { abs($0.0 - $0.1) }
    let misses = pairs.map { abs($0.0 - $0.2) }
    add("reported_measured_difference_median_ms", Self.median(disagreements))
    add("reported_measured_difference_max_ms", disagreements.max())
    add("off_target_median_ms", Self.median(misses))
    add("off_target_max_ms", misses.max())
    add("readings_over_1_ms_off_target", Double(misses.filter { $0 > 1 }.count))
    // Two clocks are followed by a resampler, which lets the delay move a little.
    let most = ppm == 0 ? 1.0 : 2.0
    if pairs.isEmpty { faults.append("the delay could never be measured") }
    if Double(disagreements.filter { $0 > 1 }.count) > 0.05 * Double(pairs.count) {
      faults.append("what hushd tells of the delay is not what is heard")
    }
    if Double(misses.filter { $0 > most }.count) > 0.05 * Double(pairs.count) {
      faults.append("the delay is not what it is to be")
    }

    for name in [
      "capture_xruns", "output_xruns", "late", "fallback", "lost", "dropped", "concealed",
      "ladder_steps", "capture_stalls", "output_stalls", "capture_reopenings",
      "output_reopenings", "hops", "compute_p50_us", "compute_p99_us", "compute_max_us",
      "lateness_p50_us", "lateness_p99_us", "lateness_max_us", "drift_ppm",
    ] {
      add(name, last.figures[name])
    }
    add("capture_xruns_injected", Double((trouble.xruns + 1) / 2))
    add("output_xruns_injected", Double(trouble.xruns / 2))
    add("unplugs_injected", Double(trouble.unplugs))
    add("stops_injected", Double(trouble.stops))

    add("resident_start_kb", Double(first.process.resident))
    add("resident_end_kb", Double(last.process.resident))
    add("resident_median_kb", Self.median(samples.map { Double($0.process.resident) }))
    add("resident_max_kb", samples.map { Double($0.process.resident) }.max())
    add("locked_end_kb", Double(last.process.locked))
    add("descriptors_start", Double(first.process.descriptors))
    add("descriptors_end", Double(last.process.descriptors))
    add("threads_start", Double(first.process.threads))
    add("threads_end", Double(last.process.threads))
    add("audio_page_faults_start", Double(first.process.audioFaults))
    add("audio_page_faults_end", Double(last.process.audioFaults))
    add("audio_major_faults_start", Double(first.process.audioMajorFaults))
    add("audio_major_faults_end", Double(last.process.audioMajorFaults))
    let time = last.time - first.time
    if time > 0 {
      add("processor_percent", (last.process.processor - first.process.processor) / time * 100)
    }
    let grown = last.process.resident - first.process.resident
    if grown > 2048 { faults.append("memory has grown by \(grown) kB") }
    if last.isCalm, first.isCalm, last.process.descriptors != first.process.descriptors {
      faults.append("open files: \(first.process.descriptors), then \(last.process.descriptors)")
    }
    // A page that is touched for the first time costs microseconds, one from the disk costs more.
    if last.process.audioMajorFaults != first.process.audioMajorFaults {
      faults.append("an audio thread had to wait for the disk")
    }
  }

  private static func median(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.sorted()[values.count / 2]
  }

  private static func text(_ value: Double) -> String {
    value == value.rounded() ? "\(Int(value))" : String(format: "%.3f", value)
  }

  var text: String {
    let width = figures.map(\.name.count).max() ?? 0
    let lines = figures.map { figure in
      figure.name + String(repeating: " ", count: width - figure.name.count + 2)
        + Self.text(figure.value)
    }
    let verdict = faults.isEmpty ? ["all as it should be"] : faults.map { "FAULT: \($0)" }
    return (["", "* : just after trouble", ""] + lines + [""] + verdict).joined(separator: "\n")
  }

  var json: Data {
    let numbers = figures.map { "  \"\($0.name)\": \(Self.text($0.value))" }
    let words = faults.map { "\"\($0.replacingOccurrences(of: "\"", with: "'"))\"" }
    let lines = numbers + ["  \"faults\": [\(words.joined(separator: ", "))]"]
    return Data(("{\n" + lines.joined(separator: ",\n") + "\n}\n").utf8)
  }
}
