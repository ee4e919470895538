import Foundation
import Testing

@testable import S5

@Suite("The models that are built in")
struct ModelFamilyTests {
  @Test("each can be read, and its name tells its delay", arguments: Model.builtInNames)
  func members(name: String) throws {
    let model = try Model.builtIn(named: name)
    #expect(model.architecture.gains == model.frontEnd.bands ?? 257)
    #expect(name.hasSuffix("-low") ? model.frontEnd.delay < 0.03 : model.frontEnd.delay == 0.032)
    #expect(ModelFamily.isName(name))
  }

  @Test("the usual one is among them")
  func standard() throws {
    #expect(Model.builtInNames.contains(Model.standardName))
    #expect(Model.standard.name == (try Model.builtIn(named: "base").name))
    #expect(Set(Model.builtInNames).count == Model.builtInNames.count)
  }

  /// The ladder goes by it.
  @Test("the cheaper come first")
  func order() throws {
    for isLow in [false, true] {
      let costs = try Model.builtInNames.filter { $0.hasSuffix("-low") == isLow }.map {
        try Model.builtIn(named: $0).summary.multiplyAddsPerSecond
      }
      #expect(costs == costs.sorted())
    }
  }

  static let family = ModelFamily(
    ["nano", "small", "base", "large", "small-low", "base-low"].map { name in
      ModelFamily.Member(name: name, size: 2) { Array("no".utf8) }
    })

  @Test("a ladder is of one latency")
  func smaller() {
    #expect(Self.family.smaller(than: "large") == ["base", "small", "nano"])
    #expect(Self.family.smaller(than: "nano") == [])
    #expect(Self.family.smaller(than: "base-low") == ["small-low"])
    #expect(Self.family.smaller(than: "/m.safetensors") == [])
  }

  @Test("a rung is faster on every instruction set")
  func faster() {
    let family = ModelFamily(
      [("a", [1, 2]), ("b", [4, 8]), ("c", [5, 7]), ("d", [9, 9])].map { name, times in
        ModelFamily.Member(name: name, size: 2, hopTimes: times) { Array("no".utf8) }
      })
    #expect(family.smaller(than: "d") == ["c", "a"])  // b is slower than c on the second
    #expect(family.smaller(than: "c") == ["a"])
    #expect(family.smaller(than: "b") == ["a"])
  }

  /// The ladder goes by these times, and the card is where they were measured.
  @Test("the times are those of the card", arguments: ModelFamily.builtIn.members.map(\.name))
  func times(name: String) throws {
    let member = try #require(ModelFamily.builtIn.members.first { $0.name == name })
    let card = try String(contentsOf: Self.cards.appending(path: "\(name).md"), encoding: .utf8)
    let rows = card.split(separator: "\n").map { row in
      row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let measured = try ["avx512vnni", "avx2", "ssse3"].map { instructions in
      let row = try #require(rows.first { $0.first == instructions }, "no \(instructions)")
      return try #require(Double(row[1]), "\(row)")
    }
    #expect(member.hopTimes.count == measured.count)
    for (time, measured) in zip(member.hopTimes, measured) {
      #expect(
        time > 0 && abs(time - measured) < 0.06, "\(name): \(member.hopTimes), its card \(measured)"
      )
    }
  }

  private static let cards = URL(filePath: #filePath)
    .deletingLastPathComponent().appending(path: "../../docs/models").standardized

  @Test("low variants, and names that have none")
  func low() throws {
    #expect(try Self.family.lowVariant(of: "small") == "small-low")
    #expect(try Self.family.lowVariant(of: "small-low") == "small-low")
    func text(_ name: String) -> String {
      do {
        return try Self.family.lowVariant(of: name)
      } catch {
        return error.description
      }
    }
    // What is no model at all is told before.
    #expect(text("huge").hasPrefix("huge: no model of that name is built in, expected nano, small"))
    #expect(text("nano").hasPrefix("the model 'nano' inside hush: "))
  }

  @Test(
    "names and paths",
    arguments: [
      ("small", true), ("small-low", true), ("./small", false), ("/m", false),
      ("m.safetensors", false), ("a/b", false),
    ])
  func names(text: String, isName: Bool) { #expect(ModelFamily.isName(text) == isName) }
}
