extension Key {
  static let model = Key(
    "denoise.model", .path("the name of a model file"), default: "builtin",
    word: Word("builtin", "the one built in"), live: true, "The model that removes the noise.")
  static let ladder = Key(
    "denoise.ladder",
    .paths("model files, such as [base.safetensors, nano.safetensors]", count: 0...8),
    default: "[]",
    live: true,
    "Smaller models to step down to while the machine is too slow for the first, best first.")
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

  static let denoise = [model, ladder, strength, bypass, deadline]
}
