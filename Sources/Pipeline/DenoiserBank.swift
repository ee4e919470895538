import Hush
import S5

/// The denoisers of one choice of models, ready to run: the first, then the ladder's.
final class DenoiserBank: @unchecked Sendable {
  /// How many there are, 1 or more.
  let count: Int
  /// Their models' names.
  let names: [String]
  private let denoisers: UnsafeMutablePointer<Unmanaged<Denoiser>>

  init(_ models: [Model], rate: Int, channels: Int) throws(DenoiserError) {
    var made: [Denoiser] = []
    for model in models {
      made.append(try Denoiser(model: model, rate: rate, channels: channels))
    }
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
