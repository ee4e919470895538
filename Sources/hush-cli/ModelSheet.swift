import AudioIO
import FoundationEssentials
import S5

/// What `hush model` shows.
struct ModelSheet {
  private let model: Model
  private let summary: Model.Summary

  init(_ model: Model) {
    self.model = model
    summary = model.summary
  }

  /// For people: facts, then the matrices, then what the file says of data and scores.
  var table: String {
    let size = model.architecture
    let front = model.frontEnd
    let facts: [(String, String)] = [
      ("name", summary.name),
      ("created", summary.created.isEmpty ? "-" : summary.created),
      ("format", "version \(summary.format)"),
      (
        "network",
        "\(size.features) features, width \(size.width), \(size.blocks) blocks of "
          + "\(size.states) complex states, \(size.gains) \(front.bands == nil ? "bins" : "bands")"
          + (size.turns > 0 ? ", \(size.turns) imaginary parts" : "")
          + (size.hasPresence ? ", presence of speech" : "")
      ),
      (
        "front end",
        "window \(decimals(front.window * 1000, 1)) ms, hop \(decimals(front.hop * 1000, 1)) ms, "
          + "delay \(decimals(front.delay * 1000, 1)) ms, " + front.features.text
          + (front.bands.map { ", \($0) bands" } ?? "")
          + (front.features.contains(.phase) ? ", phase of \(front.fine) bins" : "")
          + (front.makeup != 1 ? ", makeup \(decimals(Double(front.makeup), 2))" : "")
      ),
      ("parameters", "\(summary.parameters)"),
      ("zeros", "\(decimals(summary.zeros * 100, 1)) % of the weights"),
      (
        "work", "\(decimals(summary.multiplyAddsPerSecond / 1e6, 2)) million multiply-adds a second"
      ),
    ]
    var lines = facts.map { pad($0.0, 12) + singleLine($0.1) }
    lines += [
      "", "matrix          rows  columns  input  pattern       non-zeros  density     bytes",
    ]
    lines += summary.matrices.map { matrix in
      pad(matrix.name, 14) + padLeft("\(matrix.rows)", 6) + padLeft("\(matrix.columns)", 9)
        + padLeft("\(matrix.inputBits) bit", 7) + "  " + pad(matrix.pattern, 12)
        + padLeft("\(matrix.nonZeros)", 11)
        + padLeft(decimals(matrix.density * 100, 1) + " %", 9) + padLeft("\(matrix.bytes)", 10)
    }
    lines += told("data", summary.data) + told("scores", summary.scores)
    return lines.joined(separator: "\n")
  }

  private func told(_ title: String, _ text: String) -> [String] {
    let entries = JSONValue(text: text).flattened()
    guard !text.isEmpty, !entries.isEmpty else { return [] }
    return ["", title]
      + entries.map { "  " + singleLine($0.name.isEmpty ? $0.value : "\($0.name): \($0.value)") }
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private func padLeft(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }

  /// For programs.
  func json() throws(Failure) -> String {
    let size = model.architecture
    let front = model.frontEnd
    var told: [String: JSONValue] = [
      "window_seconds": .number(front.window), "hop_seconds": .number(front.hop),
      "delay_seconds": .number(front.delay),
      "features": .string(front.features.text),
    ]
    if let bands = front.bands { told["bands"] = .number(Double(bands)) }
    if front.makeup != 1 { told["makeup"] = .number(Double(front.makeup)) }
    if front.fine > 0 { told["fine"] = .number(Double(front.fine)) }
    let sheet: [String: JSONValue] = [
      "name": .string(summary.name),
      "created": .string(summary.created),
      "format": .string(summary.format),
      "architecture": .object([
        "features": .number(Double(size.features)), "width": .number(Double(size.width)),
        "states": .number(Double(size.states)), "blocks": .number(Double(size.blocks)),
        "bins": .number(Double(front.bands == nil ? size.gains : Model.FrontEnd.bins)),
        "gains": .number(Double(size.gains)), "turns": .number(Double(size.turns)),
        "presence": .bool(size.hasPresence),
      ]),
      "front_end": .object(told),
      "parameters": .number(Double(summary.parameters)),
      "zeros_fraction": .number(summary.zeros),
      "multiply_adds_per_second": .number(summary.multiplyAddsPerSecond),
      "matrices": .array(
        summary.matrices.map { matrix in
          .object([
            "name": .string(matrix.name), "rows": .number(Double(matrix.rows)),
            "columns": .number(Double(matrix.columns)),
            "input_bits": .number(Double(matrix.inputBits)), "pattern": .string(matrix.pattern),
            "non_zeros": .number(Double(matrix.nonZeros)), "bytes": .number(Double(matrix.bytes)),
          ])
        }),
      "data": JSONValue(text: summary.data),
      "scores": JSONValue(text: summary.scores),
    ]
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(JSONValue.object(sheet)), as: UTF8.self)
    } catch {
      throw Failure(.internalFault, "the model cannot be told as JSON: \(error)")
    }
  }
}
