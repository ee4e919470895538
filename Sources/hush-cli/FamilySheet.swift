import AudioIO
import FoundationEssentials
import S5

/// What `hush model` shows of the models that are built in: what each costs and how late it is.
struct FamilySheet {
  private struct Row {
    let name: String
    /// A second.
    let multiplyAdds: Double
    /// Of the file.
    let bytes: Int
    /// Seconds.
    let delay: Double
    let isStandard: Bool
  }

  private let rows: [Row]

  init(_ family: ModelFamily) throws(Failure) {
    var rows: [Row] = []
    for member in family.members {
      do throws(ModelError) {
        let model = try family.model(named: member.name)
        rows.append(
          Row(
            name: member.name, multiplyAdds: model.summary.multiplyAddsPerSecond,
            bytes: member.size, delay: model.frontEnd.delay,
            isStandard: member.name == Model.standardName))
      } catch {
        throw Failure(.internalFault, error.description)
      }
    }
    self.rows = rows
  }

  /// For people.
  var table: String {
    let width = max(12, (rows.map(\.name.count).max() ?? 0) + 2)
    func cell(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(1, width - text.count)) + text
    }
    func name(_ text: String) -> String { text + cell("", width - text.count + 1).dropFirst() }
    let head = name("model") + cell("Mmac/s", 9) + cell("bytes", 11) + cell("delay", 9)
    let lines = rows.map {
      name($0.name) + cell(decimals($0.multiplyAdds / 1e6, 2), 9) + cell("\($0.bytes)", 11)
        + cell(decimals($0.delay * 1000, 0) + " ms", 9) + ($0.isStandard ? "  the usual one" : "")
    }
    return ([head] + lines).joined(separator: "\n")
      + "\n\nMmac/s: million multiply-adds a second of sound, for one channel. hush model NAME tells "
      + "more."
  }

  /// For programs.
  func json() throws(Failure) -> String {
    let models = rows.map { row in
      JSONValue.object([
        "name": .string(row.name), "multiply_adds_per_second": .number(row.multiplyAdds),
        "bytes": .number(Double(row.bytes)), "delay_seconds": .number(row.delay),
        "standard": .bool(row.isStandard),
      ])
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(
        decoding: try encoder.encode(JSONValue.object(["models": .array(models)])), as: UTF8.self)
    } catch {
      throw Failure(.internalFault, "the models cannot be told as JSON: \(error)")
    }
  }
}
