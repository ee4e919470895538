import Glibc
import Pipeline
import Realtime

/// All that is read of the daemon for one page, at one moment.
struct Reading {
  let status: PipelineStatus
  let settings: Settings
  let metrics: Metrics
  let levels: Metrics.Levels
  let rung: Int
  let threads: [ThreadAccount]
  let strength: Float
  let bypass: Bool
  let mute: Bool
  let now: UInt64

  init(_ pipeline: Pipeline) {
    status = pipeline.status()
    settings = pipeline.settings
    metrics = pipeline.metrics
    levels = metrics.level
    rung = metrics.rung.load(ordering: .relaxed)
    threads = ThreadAccount.all()
    strength = pipeline.controls.strength
    bypass = pipeline.controls.bypass
    mute = pipeline.controls.mute
    now = MonotonicClock.now()
  }

  /// The model of the present rung; nil: fallback alone.
  var model: String? { status.models.indices.contains(rung) ? status.models[rung] : nil }

  /// Milliseconds from a hop's arrival to its mask.
  var deadline: Double { status.deadline }

  /// Of a mean square, -120 at least.
  static func decibels(_ power: Float) -> Double { 10 * log10(Double(max(power, 1e-12))) }

  var inputLevel: Double { Self.decibels(levels.input) }
  var outputLevel: Double { Self.decibels(levels.output) }
  /// How much is being taken away, in dB; 0 where there is nothing to be heard.
  var removed: Double { levels.input < 1e-10 ? 0 : inputLevel - outputLevel }
}
