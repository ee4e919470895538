import Foundation
import ModelSupport
import Testing

@testable import hush

@Suite struct BenchTests {
  @Test func figuresFitTogether() throws {
    let outcome = try Hush.run(
      "bench", "--model", TinyModel.path, "--seconds", "0.1", "--channels", "2", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let sheet = try #require(
      try JSONSerialization.jsonObject(with: outcome.output) as? [String: Any])
    let hop = try #require(sheet["hop"] as? [String: Double])
    let (median, high, most) = try (
      #require(hop["median_us"]), #require(hop["p99_us"]), #require(hop["max_us"])
    )
    #expect(0 < median && median <= high && high <= most)
    #expect(try #require(sheet["hop_seconds"] as? Double) == 0.008)
    #expect(sheet["channels"] as? Int == 2)
    let share = try #require(sheet["share_of_one_core"] as? Double)
    #expect(abs(share * 8000 - median) < 1e-6 * median)
    let margin = try #require(sheet["margin_seconds"] as? Double)
    #expect(abs(margin * 1e6 - (8000 - most)) < 1e-3)
    #expect(try #require(sheet["streams_on_one_core"] as? Int) == Int(8000 / high))
    let kernels = try #require(sheet["kernels"] as? String)
    #expect(try #require(sheet["kernels_available"] as? [String]).contains(kernels))
    let stages = try #require(sheet["stages_of_one_channel"] as? [String: Any])
    #expect(Set(stages.keys) == ["analysis", "network", "synthesis", "features and gains"])
  }

  @Test func theEnvironmentChoosesTheKernels() throws {
    let outcome = try Hush.shell(
      "HUSH_ISA=scalar $HUSH bench --model \(TinyModel.path) --seconds 0.1")
    #expect(outcome.status == 0)
    #expect(outcome.text.contains("kernels       scalar ("))
  }

  @Test(arguments: [["--seconds", "0"], ["--rate", "7999"], ["--channels", "9"]])
  func whatIsOutOfRangeIsSaid(arguments: [String]) throws {
    let outcome = try Hush.shell("$HUSH bench " + arguments.joined(separator: " "))
    #expect(outcome.status == 64)
    #expect(outcome.errorLines.count == 1)
  }

  @Test func quantilesAreNear() {
    var times = Durations()
    for i in 1...1000 { times.add(Double(i) * 1e-6) }
    #expect(abs(times.median - 500e-6) < 500e-6 / 40)
    #expect(abs(times.high - 990e-6) < 990e-6 / 40)
    #expect(times.most == 1000e-6)
    #expect(Durations().median == 0)
  }
}
