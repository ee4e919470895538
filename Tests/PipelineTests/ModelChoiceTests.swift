import ModelSupport
import S5
import Testing

@testable import Pipeline

/// Which models settings ask for.
@Suite struct ModelChoiceTests {
  private static func member(_ name: String, _ kind: TinyModel.Kind) -> ModelFamily.Member {
    let bytes = [UInt8](TinyModel.bytes(kind))
    return ModelFamily.Member(name: name, size: bytes.count) { bytes }
  }

  private static let low = TinyModel.Kind(delay: 0.008, hop: 0.004)
  static let family = ModelFamily([
    member("nano", TinyModel.Kind()), member("small", TinyModel.Kind()),
    member("base", TinyModel.Kind()), member("small-low", low), member("base-low", low),
  ])

  private func choice(_ change: (inout Settings.Denoise) -> Void) throws(PipelineError)
    -> ModelChoice
  {
    var settings = Settings.Denoise()
    change(&settings)
    return try ModelChoice(settings, family: Self.family)
  }

  private func problem(_ change: (inout Settings.Denoise) -> Void) -> String {
    do {
      _ = try choice(change).load()
      return ""
    } catch {
      return error.description
    }
  }

  @Test func theSmallerFollow() throws {
    #expect(try choice { _ in }.names == ["base", "small", "nano"])
    #expect(try choice { $0.model = "base" }.names == ["base", "small", "nano"])
    #expect(try choice { $0.model = "base" }.load().map(\.frontEnd.delay) == [0.032, 0.032, 0.032])
    #expect(try choice { $0.ladder = [] }.names == ["base"])
    #expect(try choice { $0.ladder = ["nano", TinyModel.path] }.load().count == 3)
    #expect(try choice { $0.model = TinyModel.path }.names == [TinyModel.path])
  }

  @Test func lowLatencyIsAVariant() throws {
    #expect(try choice { $0.latency = .low }.names == ["base-low", "small-low"])
    let base = try choice {
      $0.model = "base"
      $0.latency = .low
    }
    #expect(base.names == ["base-low", "small-low"])
    #expect(try base.load().map(\.frontEnd.delay) == [0.008, 0.008])
    // Named outright, it needs no more words.
    #expect(try choice { $0.model = "base-low" }.names == ["base-low", "small-low"])
  }

  @Test func whatCannotBeHadIsTold() {
    #expect(
      problem {
        $0.model = "nano"
        $0.latency = .low
      }
        == "denoise.latency: nano: this build has no low-latency nano, expected small-low, base-low; "
        + "or ask for normal latency")
    #expect(
      problem {
        $0.model = TinyModel.path
        $0.latency = .low
      }.hasPrefix("denoise.latency: \(TinyModel.path) has the delay that it was made for"))
    #expect(
      problem { $0.model = "huge" }
        == "huge: no model of that name is built in, expected nano, small, base, small-low, "
        + "base-low; or give the path of a file, with a / or .safetensors in it")
    #expect(
      problem { $0.ladder = ["small-low"] }
        == "small-low: is 8 ms late, and the first model 32; the models of a ladder must have one "
        + "delay")
  }
}
