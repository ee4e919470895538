import Pipeline
import S5

extension Key {
  static let model = Key(
    "denoise.model",
    .path(
      "the name of a built-in model, such as nano, or a model file with / or .safetensors in it"),
    default: "builtin", word: Word("builtin", "the usual one, \(Model.standardName)"), live: true,
    "The model that removes the noise. `hush model` lists those that are built in.")
  static let modelLatency = Key(
    "denoise.latency", .choice(Settings.ModelLatency.allCases.map(\.rawValue)), default: "normal",
    "Which variant of a built-in model: low has windows of less delay, and removes a little less.")
  static let ladder = Key(
    "denoise.ladder", .paths("models, such as [base, nano] or files", count: 0...8),
    default: "auto", word: Word("auto", "the smaller built-in ones of a built-in model"),
    live: true,
    "Smaller models to step down to while the machine is too slow for the first, best first; [] for "
      + "none. All must have the delay of the first.")
  static let strength = Key(
    "denoise.strength", .number(0...100, .decibels), default: "max",
    word: Word("max", "all that can be removed"), live: true,
    "How much noise may be removed: 0 dB removes nothing, 12 dB sounds natural, max is the most.")
  static let bypass = Key(
    "denoise.bypass", .flag, default: "no", live: true,
    "Whether the sound passes as it is, as late as ever.")
  static let deadline = Key(
    "denoise.deadline", .number(0.5...100, .milliseconds), default: "auto",
    word: Word("auto", "one hop: 8 ms, or 4 with a model of 8 ms delay"),
    "How long after its last sample came a hop has to be done. A hop that is late is replaced, "
      + "never waited for.")

  static let denoise = [model, modelLatency, ladder, strength, bypass, deadline]
}
