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
    for member in ModelFamily.builtIn.members {
      #expect(member.hopTimes.count == 3 && member.hopTimes.allSatisfy { $0 > 0 }, "\(member.name)")
    }
  }

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
