import CALSA

/// How a device's samples are laid out, all little-endian.
public enum PCMFormat: String, CaseIterable, Sendable {
  /// 16 bits in two bytes.
  case s16
  /// 24 bits in the lower three of four bytes.
  case s24
  /// 24 bits in three bytes.
  case s24in3 = "s24_3le"
  /// 32 bits in four bytes.
  case s32
  /// IEEE 754 single precision, full scale ±1.
  case float

  /// The order of preference where a device has several: what loses least comes first.
  static let bestFirst: [PCMFormat] = [.float, .s32, .s24, .s24in3, .s16]

  /// Bytes of one sample.
  public var width: Int {
    switch self {
    case .s16: 2
    case .s24in3: 3
    case .s24, .s32, .float: 4
    }
  }

  var code: snd_pcm_format_t {
    switch self {
    case .s16: SND_PCM_FORMAT_S16_LE
    case .s24: SND_PCM_FORMAT_S24_LE
    case .s24in3: SND_PCM_FORMAT_S24_3LE
    case .s32: SND_PCM_FORMAT_S32_LE
    case .float: SND_PCM_FORMAT_FLOAT_LE
    }
  }
}
