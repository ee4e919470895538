import CALSA
import Glibc

/// What a PCM can be set to. Ranges and lists are each on their own: not every mixture is possible.
public struct PCMCapabilities: Sendable, Equatable {
  public var device: String
  public var direction: PCMDirection
  /// In words, such as "USB Audio Device, USB Audio"; "" where nothing is known.
  public var description: String
  /// Frames per second between 8000 and 192000, of the device itself.
  public var rates: [Int]
  /// The best first; empty: none that can be used here.
  public var formats: [PCMFormat]
  public var channels: ClosedRange<Int>
  /// Frames.
  public var period: ClosedRange<Int>
  /// Frames.
  public var buffer: ClosedRange<Int>
  /// Whether samples can be read and written in the device's memory.
  public var isMappable: Bool
}

/// The PCMs there are.
public enum PCMDirectory {
  /// A PCM by a name that stays the same when others come and go.
  public struct Entry: Sendable, Equatable {
    /// Such as `hw:CARD=Device,DEV=0`.
    public var name: String
    public var direction: PCMDirection
    /// In words; "" where nothing is known.
    public var description: String
  }

  /// Hardware first, by card; then the PCMs of ALSA's configuration that show themselves.
  public static func devices() -> [Entry] {
    _ = ALSALibrary.ready
    let hardware = hardwareEntries()
    let others = hinted().filter { entry in !entry.name.contains("CARD=") && entry.name != "null" }
    return hardware + others
  }

  /// What a PCM can be set to; it is opened for that, and closed again.
  public static func capabilities(
    _ device: String, _ direction: PCMDirection
  ) throws(PCMError) -> PCMCapabilities {
    let request = PCMRequest(direction: direction, device: device)
    let opened = try PCMHandle(request)
    guard let hardware = PCMHardware(opened.pointer) else {
      throw PCMError(
        .failed, device: device, direction: direction,
        "offers no configuration at all; unplug it and plug it in again")
    }
    let entry = devices().first { $0.name == device && $0.direction == direction }
    return PCMCapabilities(
      device: device, direction: direction, description: entry?.description ?? "",
      rates: hardware.rates, formats: hardware.formats, channels: hardware.channelRange,
      period: hardware.periodRange, buffer: hardware.bufferRange,
      isMappable: hardware.has(access: SND_PCM_ACCESS_MMAP_INTERLEAVED))
  }

  /// Those that a person may want instead of one that is not there.
  static func names(_ direction: PCMDirection) -> [String] {
    devices().filter { $0.direction == direction && !converters.contains($0.name) }.map(\.name)
  }

  /// What alsa-plugins adds to every list: they only work around another PCM.
  private static let converters: Set<String> = [
    "lavrate", "samplerate", "speexrate", "speex", "upmix", "vdownmix", "a52", "dmix", "dsnoop",
    "iec958", "jack", "oss", "usbstream",
  ]

  private static func hardwareEntries() -> [Entry] {
    var entries: [Entry] = []
    var card: Int32 = -1
    while snd_card_next(&card) == 0, card >= 0 {
      var control: OpaquePointer?
      let (result, _) = ALSALibrary.listening { snd_ctl_open(&control, "hw:\(card)", 0) }
      guard result == 0, let control else { continue }
      entries += pcms(of: control, card: card)
      snd_ctl_close(control)
    }
    return entries
  }

  private static func pcms(of control: OpaquePointer, card: Int32) -> [Entry] {
    var cardInformation: OpaquePointer?
    var information: OpaquePointer?
    snd_ctl_card_info_malloc(&cardInformation)
    snd_pcm_info_malloc(&information)
    guard let cardInformation, let information else { fatalError("no memory is left") }
    defer {
      snd_ctl_card_info_free(cardInformation)
      snd_pcm_info_free(information)
    }
    guard snd_ctl_card_info(control, cardInformation) == 0 else { return [] }
    let id = text(snd_ctl_card_info_get_id(cardInformation))
    let name = text(snd_ctl_card_info_get_name(cardInformation))
    var entries: [Entry] = []
    var device: Int32 = -1
    while snd_ctl_pcm_next_device(control, &device) == 0, device >= 0 {
      for direction in [PCMDirection.capture, .playback] {
        snd_pcm_info_set_device(information, UInt32(device))
        snd_pcm_info_set_subdevice(information, 0)
        snd_pcm_info_set_stream(
          information,
          direction == .capture ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK)
        guard snd_ctl_pcm_info(control, information) == 0 else { continue }
        entries.append(
          Entry(
            name: "hw:CARD=\(id),DEV=\(device)", direction: direction,
            description: "\(name), \(text(snd_pcm_info_get_name(information)))"))
      }
    }
    return entries
  }

  private static func hinted() -> [Entry] {
    var hints: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    let (result, _) = ALSALibrary.listening { snd_device_name_hint(-1, "pcm", &hints) }
    guard result == 0, let hints else { return [] }
    defer { snd_device_name_free_hint(hints) }
    var entries: [Entry] = []
    var next = hints
    while let hint = next.pointee {
      next += 1
      guard let name = taken(snd_device_name_get_hint(hint, "NAME")) else { continue }
      let lines = taken(snd_device_name_get_hint(hint, "DESC"))?.split(separator: "\n") ?? []
      let side = taken(snd_device_name_get_hint(hint, "IOID"))
      for direction in [PCMDirection.capture, .playback]
      where side == nil || side == (direction == .capture ? "Input" : "Output") {
        entries.append(
          Entry(name: name, direction: direction, description: lines.joined(separator: ", ")))
      }
    }
    return entries
  }

  private static func text(_ words: UnsafePointer<CChar>?) -> String {
    words.map { String(cString: $0) } ?? ""
  }

  private static func taken(_ words: UnsafeMutablePointer<CChar>?) -> String? {
    guard let words else { return nil }
    defer { free(words) }
    return String(cString: words)
  }
}
