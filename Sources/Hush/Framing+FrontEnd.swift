import S5
import Spectral

extension Framing.Delay {
  /// The delay for which a model was made; nil where there is no such framing.
  init?(_ frontEnd: Model.FrontEnd) {
    func same(_ one: Double, _ other: Double) -> Bool { abs(one - other) < 1e-6 }
    let served = Self.allCases.first {
      same($0.seconds, frontEnd.delay) && same($0.hopSeconds, frontEnd.hop)
        && same(Self.windowSeconds, frontEnd.window)
    }
    guard let served else { return nil }
    self = served
  }
}
