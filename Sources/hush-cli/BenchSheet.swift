import FoundationEssentials

/// What `hush bench` shows.
struct BenchSheet {
  private let result: BenchResult

  init(_ result: BenchResult) { self.result = result }

  /// For people.
  var table: String {
    let kind =
      "\(result.rate) Hz, \(result.channels) \(result.channels == 1 ? "channel" : "channels")"
    var lines = [
      "model         \(result.model), \(kind)",
      "kernels       \(result.kernels) (here: \(result.available.joined(separator: ", ")))",
      "start-up      \(decimals(result.startUp * 1e3, 1)) ms",
      "hops          \(result.whole.count), of \(decimals(result.hopSeconds * 1e3, 2)) ms each",
      "",
      "us                      median       p99       max",
    ]
    for stage in result.stages { lines.append(line(stage.name, stage.times)) }
    lines.append(line(result.channels == 1 ? "whole hop" : "whole hop, all", result.whole))
    lines += [
      "",
      "load          \(decimals(result.share * 100, 3)) % of one core",
      "streams       \(result.streams) on one core, at the p99",
      "margin        \(decimals(result.margin * 1e3, 3)) ms left in the slowest hop",
    ]
    return lines.joined(separator: "\n")
  }

  private func line(_ name: String, _ times: Durations) -> String {
    let cells = [times.median, times.high, times.most].map { padLeft(decimals($0 * 1e6, 2), 10) }
    return name + String(repeating: " ", count: max(1, 20 - name.count)) + cells.joined()
  }

  private func padLeft(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }

  /// For programs.
  func json() throws(Failure) -> String {
    var stages: [String: JSONValue] = [:]
    for stage in result.stages { stages[stage.name] = values(stage.times) }
    let sheet: [String: JSONValue] = [
      "model": .string(result.model),
      "kernels": .string(result.kernels),
      "kernels_available": .array(result.available.map { .string($0) }),
      "rate": .number(Double(result.rate)),
      "channels": .number(Double(result.channels)),
      "hops": .number(Double(result.whole.count)),
      "hop_seconds": .number(result.hopSeconds),
      "start_up_seconds": .number(result.startUp),
      "hop": values(result.whole),
      "stages_of_one_channel": .object(stages),
      "share_of_one_core": .number(result.share),
      "streams_on_one_core": .number(Double(result.streams)),
      "margin_seconds": .number(result.margin),
    ]
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(JSONValue.object(sheet)), as: UTF8.self)
    } catch {
      throw Failure(.internalFault, "the figures cannot be told as JSON: \(error)")
    }
  }

  private func values(_ times: Durations) -> JSONValue {
    .object([
      "median_us": .number(times.median * 1e6), "p99_us": .number(times.high * 1e6),
      "max_us": .number(times.most * 1e6),
    ])
  }
}
