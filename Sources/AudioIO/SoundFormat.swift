import CSndFile

/// What a sound file is: its container, how samples are coded in it, and their byte order.
public struct SoundFormat: Sendable, Equatable {
  /// libsndfile's number: container, coding and byte order or-ed together.
  let code: Int32

  init(code: Int32) { self.code = code }

  var major: Int32 { code & Int32(SF_FORMAT_TYPEMASK) }
  var minor: Int32 { code & Int32(SF_FORMAT_SUBMASK) }
  var order: Int32 { code & Int32(SF_FORMAT_ENDMASK) }

  /// A container and what goes by its name.
  struct Container: Sendable {
    let name: String
    let major: Int32
    /// The coding where nothing else fits.
    let minor: Int32
    /// Extensions of file names, the usual one first.
    let extensions: [String]
    /// Containers a file with such an extension may also be.
    var relatives: [Int32] = []
  }

  static let containers: [Container] = [
    Container(
      name: "wav", major: Int32(SF_FORMAT_WAV), minor: Int32(SF_FORMAT_PCM_16),
      extensions: ["wav", "wave"],
      relatives: [Int32(SF_FORMAT_WAVEX), Int32(SF_FORMAT_RF64)]),
    Container(
      name: "flac", major: Int32(SF_FORMAT_FLAC), minor: Int32(SF_FORMAT_PCM_16),
      extensions: ["flac"]),
    Container(
      name: "opus", major: Int32(SF_FORMAT_OGG), minor: Int32(SF_FORMAT_OPUS),
      extensions: ["opus"]),
    Container(
      name: "ogg", major: Int32(SF_FORMAT_OGG), minor: Int32(SF_FORMAT_VORBIS),
      extensions: ["ogg", "oga"]),
    Container(
      name: "mp3", major: Int32(SF_FORMAT_MPEG), minor: Int32(SF_FORMAT_MPEG_LAYER_III),
      extensions: ["mp3"]),
    Container(
      name: "aiff", major: Int32(SF_FORMAT_AIFF), minor: Int32(SF_FORMAT_PCM_16),
      extensions: ["aiff", "aif", "aifc"]),
    Container(
      name: "au", major: Int32(SF_FORMAT_AU), minor: Int32(SF_FORMAT_PCM_16),
      extensions: ["au", "snd"]),
    Container(
      name: "caf", major: Int32(SF_FORMAT_CAF), minor: Int32(SF_FORMAT_PCM_16),
      extensions: ["caf"]),
    Container(
      name: "w64", major: Int32(SF_FORMAT_W64), minor: Int32(SF_FORMAT_PCM_16),
      extensions: ["w64"]),
    Container(
      name: "rf64", major: Int32(SF_FORMAT_RF64), minor: Int32(SF_FORMAT_PCM_16),
      extensions: ["rf64"]),
    Container(
      name: "nist", major: Int32(SF_FORMAT_NIST), minor: Int32(SF_FORMAT_PCM_16),
      extensions: ["sph", "nist"]),
    Container(
      name: "voc", major: Int32(SF_FORMAT_VOC), minor: Int32(SF_FORMAT_PCM_16),
      extensions: ["voc"]),
  ]

  /// Codings by the names the command line takes.
  static let codings: [(name: String, minor: Int32)] = [
    ("8", Int32(SF_FORMAT_PCM_U8)), ("16", Int32(SF_FORMAT_PCM_16)),
    ("24", Int32(SF_FORMAT_PCM_24)), ("32", Int32(SF_FORMAT_PCM_32)),
    ("float", Int32(SF_FORMAT_FLOAT)), ("double", Int32(SF_FORMAT_DOUBLE)),
    ("u8", Int32(SF_FORMAT_PCM_U8)), ("s8", Int32(SF_FORMAT_PCM_S8)),
    ("ulaw", Int32(SF_FORMAT_ULAW)), ("alaw", Int32(SF_FORMAT_ALAW)),
    ("ima-adpcm", Int32(SF_FORMAT_IMA_ADPCM)), ("ms-adpcm", Int32(SF_FORMAT_MS_ADPCM)),
    ("gsm", Int32(SF_FORMAT_GSM610)), ("vorbis", Int32(SF_FORMAT_VORBIS)),
    ("opus", Int32(SF_FORMAT_OPUS)), ("alac16", Int32(SF_FORMAT_ALAC_16)),
    ("alac24", Int32(SF_FORMAT_ALAC_24)), ("mp3", Int32(SF_FORMAT_MPEG_LAYER_III)),
  ]

  /// Names for `--format`: `wav`, `flac`, ...
  public static var containerNames: [String] { containers.map(\.name) }
  /// Names for `--subtype`: `16`, `24`, `float`, `vorbis`, ...
  public static var codingNames: [String] { codings.map(\.name) }

  /// 16-bit WAV.
  public static let wav16 = SoundFormat(code: Int32(SF_FORMAT_WAV | SF_FORMAT_PCM_16))
  /// 32-bit float WAV.
  public static let wavFloat = SoundFormat(code: Int32(SF_FORMAT_WAV | SF_FORMAT_FLOAT))

  /// The format by names, such as `flac` and `24`; `nil` where either is unknown. Without a
  /// coding it is the container's usual one.
  public init?(container: String, coding: String? = nil) {
    guard let found = SoundFormat.containers.first(where: { $0.name == container }) else {
      return nil
    }
    var minor = found.minor
    if let coding {
      guard let known = SoundFormat.codings.first(where: { $0.name == coding }) else { return nil }
      minor = known.minor
    }
    code = found.major | minor
  }

  /// The extension a file of this format usually has.
  public var usualExtension: String {
    let exact = SoundFormat.containers.first { $0.major == major && $0.minor == minor }
    let same = SoundFormat.containers.first { $0.major == major && $0.name != "opus" }
    let related = SoundFormat.containers.first { $0.relatives.contains(major) }
    return (exact ?? same ?? related)?.extensions.first ?? "wav"
  }

  /// In words, such as "WAV (Microsoft), Signed 16 bit PCM".
  public var description: String {
    "\(SoundFormat.words(major)), \(SoundFormat.words(minor))"
  }

  private static func words(_ code: Int32) -> String {
    var information = SF_FORMAT_INFO()
    information.format = code
    let size = Int32(MemoryLayout<SF_FORMAT_INFO>.size)
    guard sf_command(nil, Int32(SFC_GET_FORMAT_INFO), &information, size) == 0,
      let name = information.name
    else { return "unknown" }
    return String(cString: name)
  }

  /// Bits of an integer coding, whose samples are rounded by the writer; `nil` for the others.
  var integerBits: Int? {
    switch Int(minor) {
    case Int(SF_FORMAT_PCM_S8), Int(SF_FORMAT_PCM_U8): 8
    case Int(SF_FORMAT_PCM_16), Int(SF_FORMAT_ALAC_16): 16
    case Int(SF_FORMAT_ALAC_20): 20
    case Int(SF_FORMAT_PCM_24), Int(SF_FORMAT_ALAC_24): 24
    case Int(SF_FORMAT_PCM_32), Int(SF_FORMAT_ALAC_32): 32
    default: nil
    }
  }

  /// Whether samples beyond full scale can be kept.
  var isFloat: Bool {
    minor == Int32(SF_FORMAT_FLOAT) || minor == Int32(SF_FORMAT_DOUBLE)
  }
}

extension SoundFormat {
  /// Whether files of this format may carry such an extension (lower case, no dot).
  public func isUsual(extension name: String) -> Bool {
    SoundFormat.containers.contains { $0.extensions.contains(name) && $0.holds(self) }
  }
}

extension SoundFormat {
  /// The container's name (``containerNames``) of files with such an extension (lower case, no
  /// dot).
  public static func container(extension name: String) -> String? {
    containers.first { $0.extensions.contains(name) }?.name
  }

  /// Whether a file of these, by name, can be written; without a coding the usual one.
  public static func isWritable(container: String, coding: String?, rate: Int, channels: Int)
    -> Bool
  {
    SoundFormat(container: container, coding: coding)?.isWritable(rate: rate, channels: channels)
      ?? false
  }
}
