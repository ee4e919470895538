import ArgumentParser
import AudioIO
import Glibc
import Hush
import S5

struct DenoiseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "denoise",
    abstract: "Removes noise from sound files or from a stream of samples.",
    usage: """
      hush denoise IN OUT [options]
      hush denoise IN ... --output-dir DIR [options]
      hush denoise - - --rate HZ [options]
      """,
    discussion: """
      The output has the input's length to the sample, its rate, channels, format and \
      text tags, unless told otherwise. An output appears complete or not at all.

      A file may be WAV, FLAC, Ogg Vorbis, Opus, MP3, AIFF, CAF, W64, RF64, AU and more, \
      of 8 to 192 kHz and up to 8 channels.

      - as IN or OUT is raw interleaved samples on standard input or output. What comes in \
      is written out at once, late by the denoiser's delay; at the end the rest follows, so \
      that input and output have the same length.

      EXAMPLES
        hush denoise noisy.wav clean.wav
        hush denoise talk.wav talk.mp3 --attenuation-limit 12
        hush denoise *.flac --output-dir clean --format wav --bits 24
        arecord -f cd | hush denoise - - --rate 44100 --channels 2 | aplay -f cd
        hush denoise call.wav - --sample-format f32le > call.raw

      \(ExitStatus.denoiseHelp)
      """)

  @Argument(
    help: ArgumentHelp(
      "The input and the output, or with --output-dir the inputs.", valueName: "path"))
  var paths: [String]

  @Option(
    name: [.short, .customLong("output-dir")],
    help: ArgumentHelp("Write each input's output here, under the same name.", valueName: "dir"))
  var outputDir: String?

  @Flag(name: [.short, .long], help: "Replace outputs that exist.")
  var force = false

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "The most to take off noise, in dB: 0 changes nothing. (default: no limit)", valueName: "dB"))
  var attenuationLimit: Float?

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "A model to use instead of \(Model.standardName): the name of a built-in one (hush model lists them) or a file.",
      valueName: "name|file"))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Which variant of a built-in model: normal, or low for less delay of a stream. (default: normal)",
      valueName: "normal|low"))
  var latency: Latency?

  /// How late a built-in model lets the sound be.
  enum Latency: String, ExpressibleByArgument, CaseIterable {
    case normal, low
  }

  @Option(
    help: ArgumentHelp(
      "Output format: \(SoundFormat.containerNames.joined(separator: ", ")). (default: by OUT's extension, else the input's)",
      valueName: "name"))
  var format: String?

  @Option(
    name: [.customLong("subtype"), .customLong("bits")],
    help: ArgumentHelp(
      "Output coding: \(SoundFormat.codingNames.joined(separator: ", ")). (default: the input's)",
      valueName: "name"))
  var subtype: String?

  @Option(
    help: ArgumentHelp(
      "Write a page with pictures and sound before and after; one input only.",
      valueName: "file.html"))
  var report: String?

  @Option(
    help: ArgumentHelp(
      "Write when somebody speaks, time and probability of each hop; one input only, and a model that tells.",
      valueName: "file.csv"))
  var presence: String?

  @Option(help: ArgumentHelp("Samples a second of raw input; needed with IN -.", valueName: "Hz"))
  var rate: Int?

  @Option(help: ArgumentHelp("Channels of raw input. (default: 1)", valueName: "count"))
  var channels: Int?

  @Option(
    help: ArgumentHelp(
      "How raw samples are laid out. (default: s16le)",
      valueName: "name"))
  var sampleFormat: SampleFormat?

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "How many files to work on at once. (default: one for each processor)", valueName: "count"))
  var jobs: Int?

  @Flag(help: "Take a cut-off file as far as it goes instead of refusing it.")
  var allowTruncated = false

  @Flag(name: [.short, .long], help: "No progress bar and no summary; warnings and errors stay.")
  var quiet = false

  func validate() throws {
    if outputDir == nil, paths.count != 2 {
      throw ValidationError(
        paths.count < 2
          ? "name an input and an output, or several inputs and --output-dir"
          : "\(paths.count) paths; to denoise several files use --output-dir")
    }
    if outputDir != nil, paths.contains("-") {
      throw ValidationError("- cannot go with --output-dir")
    }
    if let limit = attenuationLimit, !(limit >= 0) {
      throw ValidationError("--attenuation-limit is 0 dB or more")
    }
    if latency == .low, let model, !ModelFamily.isName(model) {
      throw ValidationError(
        "--latency goes with a built-in model; \(model) has the delay that it was made for")
    }
    if let rate, !Denoiser.rates.contains(rate) {
      throw ValidationError(
        "--rate is \(Denoiser.rates.lowerBound) to \(Denoiser.rates.upperBound) Hz")
    }
    if let channels, !Denoiser.channelCounts.contains(channels) {
      throw ValidationError("--channels is 1 to \(Denoiser.channelCounts.upperBound)")
    }
    if let jobs, jobs < 1 { throw ValidationError("--jobs is 1 or more") }
    if let format, !SoundFormat.containerNames.contains(format) {
      throw ValidationError(
        "--format is one of \(SoundFormat.containerNames.joined(separator: ", "))")
    }
    if let subtype, !SoundFormat.codingNames.contains(subtype) {
      throw ValidationError(
        "--subtype is one of \(SoundFormat.codingNames.joined(separator: ", "))")
    }
    try validateStreams()
  }

  private func validateStreams() throws {
    let rawInput = outputDir == nil && paths.first == "-"
    let rawOutput = outputDir == nil && paths.last == "-"
    if rawInput, rate == nil {
      throw ValidationError("raw samples have no header; give their rate, such as --rate 48000")
    }
    if !rawInput, rate != nil || channels != nil {
      throw ValidationError(
        "--rate and --channels tell what raw input is; a file says so itself")
    }
    if !rawInput, !rawOutput, sampleFormat != nil {
      throw ValidationError("--sample-format is for - only; use --subtype for a file")
    }
    if rawOutput, format != nil || subtype != nil {
      throw ValidationError("--format and --subtype are for files; use --sample-format for -")
    }
    if report != nil, outputDir != nil, paths.count > 1 {
      throw ValidationError("--report takes one input")
    }
    if presence != nil, outputDir != nil, paths.count > 1 {
      throw ValidationError("--presence takes one input")
    }
  }

  func run() throws {
    Signals.watch()
    let status = DenoiseRun(self).run()
    Console.shared.clearBar()
    if status == .brokenPipe { Signals.die(by: SIGPIPE) }
    if status != .ok { throw ExitCode(status.rawValue) }
  }
}

extension SampleFormat: ExpressibleByArgument {}
