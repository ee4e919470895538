import AudioIO
import Hush
import S5

/// One input denoised into one output.
struct DenoiseJob: Sendable {
  struct Settings: Sendable {
    /// `nil` for the one built in, which takes a moment to load and so waits for a good input.
    let model: Model?
    /// The model's file; `nil` for the one built in.
    let modelName: String?
    /// dB; `nil` for no limit.
    let attenuationLimit: Float?
    let container: String?
    let coding: String?
    let force: Bool
    let allowTruncated: Bool
    /// What raw input is.
    let rate: Int?
    let channels: Int
    let sampleFormat: SampleFormat
  }

  let input: String
  let output: String
  let report: String?
  /// Where the presence of speech is told; nil: nowhere.
  let presence: String?
  let settings: Settings

  /// Denoises all of the input; `progress` is called with 0...1 as far as the length is known.
  /// When this throws there is no output.
  func run(progress: (Double) -> Void) throws(Failure) -> Summary {
    do {
      return try work(progress)
    } catch {
      throw Failure(any: error)
    }
  }

  private func work(_ progress: (Double) -> Void) throws -> Summary {
    let begin = now()
    let source = try open()
    try check(source)
    let sink = try makeSink(for: source)
    let denoiser = try makeDenoiser(for: source)
    if let limit = settings.attenuationLimit { denoiser.attenuationLimit = limit }
    let meter = NoiseMeter(rate: source.rate, channels: source.channels)
    let pictures = try report.map { _ in
      try ReportCollector(rate: source.rate, channels: source.channels)
    }
    let page = try report.map { try AtomicFile(path: $0, replacing: settings.force) }

    let presence = try presenceSheet(denoiser, source)
    var heard = 0
    // What begins after the input's end is silence that pushes the rest out.
    let noteHop: ((HopStatistics) throws -> Void)? = presence.map { sheet in
      { hop in
        if Int64(heard) * Int64(denoiser.hop) < source.position { try sheet.add(hop.presence) }
        heard += 1
      }
    }

    let line = AlignedLine(denoiser, hop: noteHop) { before in
      meter.before(before)
      pictures?.before(before)
    } after: { after in
      meter.after(after)
      pictures?.after(after)
      try sink.write(after)
    }
    let total = source.frames.map(Double.init)
    while try line.step(source) {
      if let total, total > 0 { progress(Double(source.position) / total) }
    }
    try line.flush()
    warn(source, sink)

    var summary = Summary(
      input: input, output: output, rate: source.rate, channels: source.channels,
      frames: source.position, format: sink.formatDescription, seconds: 0,
      noise: meter.result, clipped: 0, report: report)
    if source.position == 0, output != "-" {
      throw Failure(.badData, "\(input): has no samples; there is nothing to denoise")
    }
    if let page, let pictures {
      summary.seconds = now() - begin
      try ReportPage(summary: summary, settings: settings, pictures: pictures).write(to: page)
    }
    try sink.finish()
    try page?.commit()
    try presence?.commit()
    summary.clipped = sink.clipped
    summary.seconds = now() - begin
    if summary.clipped > 0 {
      Console.shared.note(
        "hush: warning: \(output): \(summary.clipped) samples were beyond full scale and were cut")
    }
    return summary
  }

  private func open() throws(SoundFileError) -> any SoundSource {
    guard input == "-" else {
      return try SoundFileReader(path: input, allowTruncated: settings.allowTruncated)
    }
    return RawReader(
      descriptor: 0, path: "standard input", rate: settings.rate ?? 0,
      channels: settings.channels, format: settings.sampleFormat)
  }

  private func check(_ source: any SoundSource) throws(Failure) {
    if !Denoiser.rates.contains(source.rate) {
      throw Failure(
        .badData,
        "\(input): has \(source.rate) Hz; hush takes 8000 to 192000 Hz, convert the rate first")
    }
    if !Denoiser.channelCounts.contains(source.channels) {
      throw Failure(
        .badData,
        "\(input): has \(source.channels) channels; hush takes up to 8, split the file first")
    }
    if source.frames == 0 {
      throw Failure(.badData, "\(input): has no samples; there is nothing to denoise")
    }
  }

  private func makeDenoiser(for source: any SoundSource) throws(Failure) -> Denoiser {
    do throws(DenoiserError) {
      return try Denoiser(
        model: settings.model ?? .standard, rate: source.rate, channels: source.channels)
    } catch {
      // The rate and the channels were looked at, so it is the model.
      throw Failure(.badData, "\(settings.modelName ?? "the model built in"): \(error)")
    }
  }

  private func presenceSheet(
    _ denoiser: Denoiser, _ source: any SoundSource
  ) throws -> PresenceSheet? {
    guard let presence else { return nil }
    let model = settings.model ?? .standard
    guard model.architecture.hasPresence else {
      throw Failure(
        .badData,
        "\(settings.modelName ?? Model.standardName): the model does not tell the presence of speech; "
          + "take one that does (hush model NAME tells), or leave --presence out")
    }
    return try PresenceSheet(
      path: presence, replacing: settings.force, hop: denoiser.hop, rate: source.rate)
  }

  private func makeSink(for source: any SoundSource) throws(SoundFileError) -> any SoundSink {
    guard output != "-" else {
      return RawWriter(
        descriptor: 1, path: "standard output", format: settings.sampleFormat)
    }
    let format = try SoundFormat.output(
      for: source.fileFormat, path: output, inputPath: input == "-" ? ".wav" : input,
      container: settings.container, coding: settings.coding, rate: source.rate,
      channels: source.channels)
    return try SoundFileWriter(
      path: output, format: format, rate: source.rate, channels: source.channels,
      tags: source.fileTags, frames: source.frames, replacing: settings.force)
  }

  private func warn(_ source: any SoundSource, _ sink: any SoundSink) {
    if let raw = source as? RawReader, raw.leftover > 0 {
      Console.shared.note(
        "hush: warning: standard input ended amid a frame; its last \(raw.leftover) bytes were "
          + "dropped, check --channels and --sample-format")
    }
    if let file = source as? SoundFileReader, file.isTruncated {
      Console.shared.note(
        "hush: warning: \(input): is cut off; what is there was taken, \(file.position) frames")
    }
  }
}
