import Hush
import S5

/// The denoisers of one choice of models, ready to run: the first, then the ladder's.
final class DenoiserBank: @unchecked Sendable {
  /// How many there are, 1 or more.
  let count: Int
  /// Their models' names.
  let names: [String]
  /// Frames a second, and channels.
  let rate: Int
  let channels: Int
  /// Frames of a hop.
  let hop: Int
  /// Hops in 8 ms: 1 or 2.
  let pace: Int
  /// Frames between a hop's going in and its content's coming out.
  let delay: Int
  /// Hops of a window: after so many a denoiser hears nothing of what was before.
  let windowHops: Int
  private let denoisers: UnsafeMutablePointer<Unmanaged<Denoiser>>

  /// - Precondition: there is one, and all have the same hop and delay (`Ladder` steps from one to
  ///   the other between two hops).
  init(_ models: [Model], rate: Int, channels: Int) throws(DenoiserError) {
    var made: [Denoiser] = []
    for model in models {
      made.append(try Denoiser(model: model, rate: rate, channels: channels))
    }
    let first = made[0]
    precondition(made.allSatisfy { $0.hop == first.hop && $0.latency == first.latency })
    self.rate = rate
    self.channels = channels
    hop = first.hop
    pace = Int((0.008 / first.hopSeconds).rounded())
    delay = first.hopDelay
    windowHops = first.window / first.hop
    count = made.count
    names = models.map(\.name)
    denoisers = .allocate(capacity: made.count)
    for (index, denoiser) in made.enumerated() {
      (denoisers + index).initialize(to: .passRetained(denoiser))
    }
  }

  deinit {
    for index in 0..<count { denoisers[index].release() }
    denoisers.deallocate()
  }

  /// Not retained: the bank keeps it.
  subscript(index: Int) -> Unmanaged<Denoiser> { denoisers[index] }
}
