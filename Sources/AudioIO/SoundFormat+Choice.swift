import CSndFile

extension SoundFormat {
  /// What the output of `input` should be.
  ///
  /// It keeps the input's format unless told otherwise: by `container` (a name for `--format`), by
  /// `coding` (a name for `--subtype`), or by an extension of `path` that is another container's.
  /// Where the container changes, the coding stays when the new one has it, or else becomes the
  /// nearest it has.
  public static func output(
    for input: SoundFormat, path: String, inputPath: String, container: String?, coding: String?,
    rate: Int, channels: Int
  ) throws(SoundFileError) -> SoundFormat {
    let chosen = try chooseContainer(
      for: input, path: path, inputPath: inputPath, named: container)
    let asked = try chooseCoding(coding, path: path)
    let candidates: [SoundFormat]
    if let asked {
      let base = chosen.map { $0.major } ?? input.major
      candidates = [SoundFormat(code: base | asked | (chosen == nil ? input.order : 0))]
    } else if let chosen {
      candidates = input.nearest(in: chosen).map { SoundFormat(code: chosen.major | $0) }
    } else {
      candidates = [input]
    }
    for format in candidates where format.isWritable(rate: rate, channels: channels) {
      try format.checkLimits(path: path, rate: rate, channels: channels)
      return format
    }
    let what = candidates.first.map { $0.description } ?? "this format"
    throw SoundFileError(
      .badRequest, path: path,
      "\(what) cannot be written with \(channels) channel\(channels == 1 ? "" : "s"); "
        + "choose another with --format and --subtype")
  }

  private static func chooseContainer(
    for input: SoundFormat, path: String, inputPath: String, named name: String?
  ) throws(SoundFileError) -> Container? {
    if let name {
      guard let found = containers.first(where: { $0.name == name }) else {
        throw SoundFileError(
          .badRequest, path: path,
          "unknown format '\(name)'; --format takes \(containerNames.joined(separator: ", "))")
      }
      return found.holds(input) ? nil : found
    }
    let ending = fileExtension(path)
    if ending.isEmpty || ending == fileExtension(inputPath) { return nil }
    guard let found = containers.first(where: { $0.extensions.contains(ending) }) else {
      throw SoundFileError(
        .badRequest, path: path,
        "no format is known by the extension .\(ending); name one with --format "
          + containerNames.joined(separator: "|"))
    }
    return found.holds(input) ? nil : found
  }

  private static func chooseCoding(_ name: String?, path: String) throws(SoundFileError) -> Int32? {
    guard let name else { return nil }
    guard let found = codings.first(where: { $0.name == name }) else {
      throw SoundFileError(
        .badRequest, path: path,
        "unknown subtype '\(name)'; --subtype takes \(codingNames.joined(separator: ", "))")
    }
    return found.minor
  }

  /// Codings for this one's samples in another container, the best first.
  private func nearest(in container: Container) -> [Int32] {
    let after: [Int]
    switch Int(minor) {
    case Int(SF_FORMAT_PCM_S8), Int(SF_FORMAT_PCM_U8):
      after = [SF_FORMAT_PCM_U8, SF_FORMAT_PCM_S8].map { Int($0) }
    case Int(SF_FORMAT_PCM_24), Int(SF_FORMAT_ALAC_24), Int(SF_FORMAT_ALAC_20):
      after = [SF_FORMAT_PCM_24, SF_FORMAT_FLOAT].map { Int($0) }
    case Int(SF_FORMAT_PCM_32), Int(SF_FORMAT_ALAC_32):
      after = [SF_FORMAT_PCM_32, SF_FORMAT_PCM_24].map { Int($0) }
    case Int(SF_FORMAT_FLOAT), Int(SF_FORMAT_DOUBLE):
      after = [SF_FORMAT_FLOAT, SF_FORMAT_PCM_24].map { Int($0) }
    default:
      after = []
    }
    return [minor] + (after + [Int(SF_FORMAT_PCM_16)]).map { Int32($0) } + [container.minor]
  }

  func isWritable(rate: Int, channels: Int) -> Bool {
    var information = SF_INFO()
    information.samplerate = Int32(rate)
    information.channels = Int32(channels)
    information.format = code
    return sf_format_check(&information) != 0
  }

  /// Limits that libsndfile's own check leaves out.
  private func checkLimits(path: String, rate: Int, channels: Int) throws(SoundFileError) {
    let allowed: [Int]
    switch Int(minor) {
    case Int(SF_FORMAT_OPUS): allowed = [8000, 12000, 16000, 24000, 48000]
    case Int(SF_FORMAT_MPEG_LAYER_III):
      allowed = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000]
    default: return
    }
    guard allowed.contains(rate) else {
      throw SoundFileError(
        .badRequest, path: path,
        "\(SoundFormat(code: code).description) cannot hold \(rate) Hz; use --format flac or ogg")
    }
  }
}

extension SoundFormat.Container {
  /// Whether a file of `format` may carry this container's name as it is.
  func holds(_ format: SoundFormat) -> Bool {
    if name == "opus" { return format.major == major && format.minor == minor }
    if name == "ogg" { return format.major == major }
    return format.major == major || relatives.contains(format.major)
  }
}
