import Hush
import S5

/// The models that settings ask for: the first, and those to step down to, the best first.
public struct ModelChoice: Sendable {
  /// Names of built-in models, or paths of files.
  public let names: [String]
  private let family: ModelFamily

  /// - Parameters:
  ///   - settings: what is asked for.
  ///   - family: the models known by name.
  /// - Throws: `PipelineError` where the model has no variant of the latency that is asked for.
  public init(
    _ settings: Settings.Denoise, family: ModelFamily = .builtIn
  ) throws(PipelineError) {
    let first = try Self.variant(
      of: settings.model ?? Model.standardName, settings.latency, family)
    self.family = family
    names = [first] + (settings.ladder ?? family.smaller(than: first))
  }

  /// The models themselves.
  ///
  /// - Throws: `PipelineError` for the first that is not there or not usable, or has another delay
  ///   than the first of all: one steps in for the other between two hops.
  public func load() throws(PipelineError) -> [Model] {
    var models: [Model] = []
    for name in names {
      let model: Model
      do throws(ModelError) {
        model =
          ModelFamily.isName(name) ? try family.model(named: name) : try Model(path: name)
      } catch {
        throw PipelineError(.badData, error.description)
      }
      // A file is tried here, so that a model of the wrong kind is told now and not by a thread; of
      // those built in the tests have seen that they will do.
      if !ModelFamily.isName(name) {
        do { _ = try Denoiser(model: model, rate: 16_000, channels: 1) } catch {
          throw PipelineError(.badData, "\(name): \(error)")
        }
      }
      let (own, other) = (model.frontEnd, models.first?.frontEnd ?? model.frontEnd)
      guard own.delay == other.delay, own.hop == other.hop else {
        throw PipelineError(
          .badData,
          "\(name): is \(milliseconds(own.delay)) ms late, and the first model "
            + "\(milliseconds(other.delay)); the models of a ladder must have one delay")
      }
      models.append(model)
    }
    return models
  }

  private static func variant(
    of name: String, _ latency: Settings.ModelLatency, _ family: ModelFamily
  ) throws(PipelineError) -> String {
    guard latency == .low else { return name }
    guard ModelFamily.isName(name) else {
      throw PipelineError(
        .badData,
        "denoise.latency: \(name) has the delay that it was made for; take latency out, or name a "
          + "built-in model")
    }
    do throws(ModelError) {
      return try family.lowVariant(of: name)
    } catch {
      throw PipelineError(.badData, "denoise.latency: \(error)")
    }
  }
}

/// Whole milliseconds of seconds.
func milliseconds(_ seconds: Double) -> Int { Int((seconds * 1000).rounded()) }
