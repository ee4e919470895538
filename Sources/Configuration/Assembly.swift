import AudioIO
import Pipeline

/// Makes settings of single values, and sees that they go together.
struct Assembly {
  let entries: Entries

  func settings() throws(ConfigurationError) -> DaemonSettings {
    var result = DaemonSettings()
    try checkTypes(Key.capture, Key.captureType)
    try checkTypes(Key.output, Key.outputType)
    result.settings.capture.source = try source()
    result.settings.capture.channels = numbers(.captureChannels)
    try checkChannels()
    result.settings.output.sink = try sink()
    result.settings.denoise.model = text(.model)
    result.settings.denoise.latency =
      text(.modelLatency).flatMap { .init(rawValue: $0) } ?? .normal
    if case .texts(let ladder) = value(.ladder) { result.settings.denoise.ladder = ladder }
    result.settings.denoise.strength = number(.strength)
    result.settings.denoise.bypass = flag(.bypass) ?? false
    result.settings.denoise.deadline = number(.deadline)
    result.settings.latency.target = number(.target)
    result.settings.latency.drift = flag(.drift).map { $0 ? .on : .off } ?? .automatic
    result.settings.realtime.priority = whole(.priority) ?? 0
    result.settings.realtime.cpus = numbers(.cpus)
    result.settings.realtime.locksMemory = flag(.lockMemory) ?? true
    result.logLevel = text(.level).flatMap { .init(rawValue: $0) } ?? .info
    result.control = try control()
    return result
  }

  // MARK: Values

  private func value(_ key: Key) -> Value { entries[key.name]?.value ?? key.defaultValue }

  private func text(_ key: Key) -> String? {
    if case .text(let text) = value(key) { text } else { nil }
  }

  private func number(_ key: Key) -> Double? {
    if case .number(let number) = value(key) { number } else { nil }
  }

  private func whole(_ key: Key) -> Int? { number(key).map { Int($0) } }

  private func flag(_ key: Key) -> Bool? {
    if case .flag(let flag) = value(key) { flag } else { nil }
  }

  private func numbers(_ key: Key) -> [Int]? {
    if case .numbers(let numbers) = value(key) { numbers } else { nil }
  }

  private func sampleType(_ key: Key) -> Settings.SampleType? {
    text(key).flatMap { .init(rawValue: $0) }
  }

  /// A mistake in how `key` goes with others; the blame falls on where it was said, else on where
  /// `cause` was.
  private func conflict(_ key: Key, or cause: Key, _ problem: String, _ mend: String)
    -> ConfigurationError
  {
    if let origin = entries[key.name]?.origin {
      return ConfigurationError(origin, key.name, problem, mend)
    }
    guard let origin = entries[cause.name]?.origin else {
      return ConfigurationError(.file, "\(key.name): \(problem); \(mend)")
    }
    return ConfigurationError(origin, key.name, problem, mend)
  }

  // MARK: Parts

  /// A key that goes with another type is a mistake, unless a later word than its own chose the
  /// type: `--capture hw:1` over a file that says how to read a recording.
  private func checkTypes(_ keys: [Key], _ typeKey: Key) throws(ConfigurationError) {
    let type = text(typeKey) ?? ""
    let typeOrigin = entries[typeKey.name]?.origin
    for key in keys where !key.types.isEmpty && !key.types.contains(type) {
      guard let entry = entries[key.name], entry.value != key.defaultValue,
        entry.origin.rank >= typeOrigin?.rank ?? 0
      else { continue }
      let chosen = typeOrigin.map { "in \($0.words)" } ?? "if nothing else is said"
      throw ConfigurationError(
        entry.origin, key.name,
        "goes with \(typeKey.name) \(listed(key.types)), and that is \(type) \(chosen)",
        "change one or take this out")
    }
  }

  private func device(
    _ name: Key, _ rate: Key, _ channels: Key, _ format: Key, _ period: Key, _ periods: Key,
    _ mmap: Key
  ) -> Settings.Device {
    var device = Settings.Device()
    device.name = text(name) ?? "default"
    device.rate = whole(rate)
    device.channels = whole(channels)
    device.format = sampleType(format)
    device.period = whole(period)
    device.periods = whole(periods)
    device.mapped = flag(mmap)
    return device
  }

  private func source() throws(ConfigurationError) -> Settings.Capture.Source {
    switch text(.captureType) {
    case "file":
      guard let path = text(.capturePath) else {
        throw conflict(
          .capturePath, or: .captureType, "is missing", "name the sound file to read")
      }
      return .file(
        path: path, paced: flag(.capturePaced) ?? true, loops: flag(.captureLoop) ?? false)
    case "pipe":
      guard let rate = whole(.captureRate) else {
        throw conflict(
          .captureRate, or: .captureType, "is missing, and raw samples do not tell",
          "give \(Key.captureRate.kind.expectation)")
      }
      return .pipe(
        path: text(.capturePath) ?? "-", format: sampleType(.captureFormat) ?? .s16, rate: rate,
        channels: pipeChannels, paced: flag(.capturePaced) ?? false)
    default:
      return .device(
        device(
          .captureDevice, .captureRate, .captureDeviceChannels, .captureFormat, .capturePeriod,
          .capturePeriods, .captureMmap))
    }
  }

  private var pipeChannels: Int {
    whole(.captureDeviceChannels) ?? (numbers(.captureChannels)?.max() ?? 0) + 1
  }

  private func checkChannels() throws(ConfigurationError) {
    let type = text(.captureType)
    if type != "file", let all = whole(.captureDeviceChannels) {
      let picked = numbers(.captureChannels)
      if let missing = picked?.first(where: { $0 >= all }) {
        throw conflict(
          .captureChannels, or: .captureDeviceChannels,
          "channel \(missing) is picked, and capture.device_channels is \(all)",
          "give 0 to \(all - 1), or raise capture.device_channels")
      }
      if type == "pipe", picked == nil, all > 8 {
        throw conflict(
          .captureChannels, or: .captureDeviceChannels,
          "is missing, and the pipe has \(all) channels", "pick at most 8 of them")
      }
    }
    if text(.outputType) == "alsa", let all = whole(.outputDeviceChannels),
      let picked = numbers(.captureChannels), picked.count > 1, all < picked.count
    {
      throw conflict(
        .outputDeviceChannels, or: .captureChannels,
        "\(all) cannot hold the \(picked.count) channels of capture.channels",
        "give \(picked.count) or more, or pick fewer")
    }
  }

  private func sink() throws(ConfigurationError) -> Settings.Output.Sink {
    switch text(.outputType) {
    case "file":
      guard let path = text(.outputPath) else {
        throw conflict(
          .outputPath, or: .outputType, "is missing", "name the recording to write")
      }
      try checkRecording(path)
      return .file(path: path, format: text(.outputEncoding), rotation: try rotation(path))
    case "pipe":
      return .pipe(path: text(.outputPath) ?? "-", format: sampleType(.outputFormat) ?? .s16)
    case "none": return .none
    default:
      return .device(
        device(
          .outputDevice, .outputRate, .outputDeviceChannels, .outputFormat, .outputPeriod,
          .outputPeriods, .outputMmap))
    }
  }

  private func checkRecording(_ path: String) throws(ConfigurationError) {
    let ending = fileExtension(path)
    guard path != "-", let container = SoundFormat.container(extension: ending) else {
      throw conflict(
        .outputPath, or: .outputType,
        "\(quoted(path)) does not say what kind of sound file it is",
        "end it in one of .\(SoundFormat.containerNames.joined(separator: ", ."))")
    }
    guard let encoding = text(.outputEncoding) else { return }
    // 48 kHz stands for rates that every kind of file has.
    guard SoundFormat.isWritable(container: container, coding: encoding, rate: 48_000, channels: 1)
    else {
      throw conflict(
        .outputEncoding, or: .outputPath, "a .\(ending) file cannot hold \(quoted(encoding))",
        "choose another, or leave it out for the usual one")
    }
  }

  private func rotation(_ path: String) throws(ConfigurationError) -> Settings.Rotation {
    let rotation = Settings.Rotation(
      seconds: number(.rotateSeconds), megabytes: number(.rotateMegabytes),
      keep: whole(.rotateKeep))
    guard rotation.seconds == nil, rotation.megabytes == nil, rotation.keep != nil else {
      return rotation
    }
    throw conflict(
      .rotateKeep, or: .outputType, "there is only one recording as long as nothing rotates",
      "set output.rotate.seconds or output.rotate.megabytes, or take it out")
  }

  private func control() throws(ConfigurationError) -> DaemonSettings.Control {
    var control = DaemonSettings.Control()
    control.socket = text(.socket)
    control.mode = UInt32(whole(.mode) ?? 0o660)
    control.group = text(.group)
    if let socket = control.socket {
      guard socket.hasPrefix("/") else {
        throw conflict(
          .socket, or: .socket, "\(quoted(socket)) depends on where hushd is started",
          Key.socket.mend)
      }
      // sockaddr_un has no room for more.
      guard socket.utf8.count <= 107 else {
        throw conflict(
          .socket, or: .socket, "\(quoted(socket)) is too long for a socket",
          "give a path of at most 107 bytes")
      }
    }
    return control
  }
}
