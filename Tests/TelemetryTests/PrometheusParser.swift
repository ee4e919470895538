/// Reads Prometheus's text format 0.0.4 as a server would, and says what is wrong with it.
struct PrometheusParser {
  struct Sample: Equatable {
    var name: String
    var labels: [String: String]
    var value: Double
  }

  private(set) var types: [String: String] = [:]
  private(set) var samples: [Sample] = []
  private(set) var mistakes: [String] = []
  private var helps: Set<String> = []
  private var family = ""
  private var finished: Set<String> = []

  init(_ text: String) {
    if !text.hasSuffix("\n") { mistakes.append("the last line has no end") }
    for line in text.split(separator: "\n") { read(String(line)) }
    checkHistograms()
  }

  func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
    samples.first { $0.name == name && $0.labels == labels }?.value
  }

  private mutating func read(_ line: String) {
    if line.hasPrefix("# ") {
      let words = line.split(separator: " ", maxSplits: 3).map(String.init)
      guard words.count == 4 else { return mistakes.append("short: \(line)") }
      if words[2] != family {
        if finished.contains(words[2]) { mistakes.append("in two places: \(words[2])") }
        finished.insert(family)
        family = words[2]
      }
      if words[1] == "HELP" {
        if !helps.insert(words[2]).inserted { mistakes.append("two HELPs: \(line)") }
      } else if words[1] == "TYPE" {
        if types.updateValue(words[3], forKey: words[2]) != nil {
          mistakes.append("two TYPEs: \(line)")
        }
        if !["counter", "gauge", "histogram"].contains(words[3]) { mistakes.append(line) }
      }
      return
    }
    guard let sample = Self.sample(line) else { return mistakes.append("no sample: \(line)") }
    var base = sample.name
    if types[family] == "histogram" {
      for end in ["_bucket", "_sum", "_count"] where base == family + end { base = family }
    }
    if base != family || types[base] == nil || !helps.contains(base) {
      mistakes.append("without HELP and TYPE before it: \(line)")
    }
    if types[base] == "counter", !base.hasSuffix("_total") || !(sample.value >= 0) {
      mistakes.append("no counter: \(line)")
    }
    if samples.contains(where: { $0.name == sample.name && $0.labels == sample.labels }) {
      mistakes.append("twice: \(line)")
    }
    samples.append(sample)
  }

  private static func sample(_ line: String) -> Sample? {
    let pattern = /([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? (\S+)/
    guard let match = line.wholeMatch(of: pattern) else { return nil }
    let word = String(match.4)
    let infinities = ["+Inf": Double.infinity, "-Inf": -Double.infinity, "NaN": Double.nan]
    guard let value = infinities[word] ?? Double(word) else { return nil }
    var labels: [String: String] = [:]
    var rest = match.3.map(String.init) ?? ""
    while !rest.isEmpty {
      guard
        let label = rest.prefixMatch(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)",?/),
        labels.updateValue(String(label.2), forKey: String(label.1)) == nil
      else { return nil }
      rest = String(rest[label.range.upperBound...])
    }
    return Sample(name: String(match.1), labels: labels, value: value)
  }

  private mutating func checkHistograms() {
    for (name, type) in types where type == "histogram" {
      let buckets = samples.filter { $0.name == name + "_bucket" }
      let series = Dictionary(grouping: buckets) { bucket in
        bucket.labels.filter { $0.key != "le" }
      }
      if series.isEmpty { mistakes.append("no buckets: \(name)") }
      for (labels, buckets) in series {
        let bounds = buckets.map {
          $0.labels["le"] == "+Inf" ? .infinity : Double($0.labels["le"] ?? "") ?? .nan
        }
        let counts = buckets.map(\.value)
        if bounds != bounds.sorted() || bounds.last != .infinity || counts != counts.sorted() {
          mistakes.append("buckets out of order: \(name)")
        }
        if value(name + "_count", labels) != counts.last { mistakes.append("count: \(name)") }
        if value(name + "_sum", labels) == nil { mistakes.append("no sum: \(name)") }
      }
    }
  }
}
