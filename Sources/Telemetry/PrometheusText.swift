import Realtime

/// Writes metrics in Prometheus's text format, version 0.0.4.
struct PrometheusText {
  static let type = "text/plain; version=0.0.4; charset=utf-8"

  private(set) var text = ""

  /// One value of a metric, with its labels.
  struct Sample {
    var labels: [(name: String, value: String)]
    var value: Double

    init(_ labels: [(name: String, value: String)] = [], _ value: Double) {
      self.labels = labels
      self.value = value
    }
  }

  mutating func counter(_ name: String, _ help: String, _ value: UInt64) {
    counter(name, help, [Sample([], Double(value))])
  }

  mutating func counter(_ name: String, _ help: String, _ samples: [Sample]) {
    family(name, "counter", help)
    for sample in samples { line(name, sample.labels, sample.value) }
  }

  mutating func gauge(_ name: String, _ help: String, _ value: Double) {
    gauge(name, help, [Sample([], value)])
  }

  mutating func gauge(_ name: String, _ help: String, _ samples: [Sample]) {
    family(name, "gauge", help)
    for sample in samples { line(name, sample.labels, sample.value) }
  }

  /// A histogram of nanoseconds, told in seconds.
  mutating func histogram(
    _ name: String, _ help: String, bounds: [UInt64],
    _ members: [(labels: [(name: String, value: String)], snapshot: HistogramSnapshot)]
  ) {
    family(name, "histogram", help)
    for (labels, snapshot) in members {
      for bound in bounds {
        line(
          name + "_bucket", labels + [("le", number(Double(bound) / 1e9))],
          Double(snapshot.count(upTo: bound)))
      }
      line(name + "_bucket", labels + [("le", "+Inf")], Double(snapshot.count))
      line(name + "_sum", labels, Double(snapshot.sum) / 1e9)
      line(name + "_count", labels, Double(snapshot.count))
    }
  }

  private mutating func family(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  private mutating func line(
    _ name: String, _ labels: [(name: String, value: String)], _ value: Double
  ) {
    text += name
    if !labels.isEmpty {
      text += "{"
      for (index, label) in labels.enumerated() {
        if index > 0 { text += "," }
        text += "\(label.name)=\"\(Self.escaped(label.value))\""
      }
      text += "}"
    }
    text += " \(number(value))\n"
  }

  private func number(_ value: Double) -> String {
    if value == .infinity { return "+Inf" }
    if value == -.infinity { return "-Inf" }
    if value.isNaN { return "NaN" }
    return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
