import AudioIO

extension Key {
  static let outputType = Key(
    "output.type", .choice(["alsa", "file", "pipe", "none"]), default: "alsa", live: true,
    "Where sound goes: alsa is a sound device, file a recording, pipe raw samples on standard "
      + "output or a named pipe, none is nowhere.")
  static let outputDevice = Key(
    "output.device", .text("the name of an ALSA playback device, such as hw:CARD=Headset"),
    default: "default", types: ["alsa"], live: true,
    "The ALSA device, as `aplay -L` names them. One denoised channel is played on all of its "
      + "channels.")
  static let outputRate = Key(
    "output.rate", rates, default: "auto", word: Word("auto", "the rate of the capture"),
    types: ["alsa"], live: true,
    "Samples a second. Another rate than the capture's puts a resampler in the path.")
  static let outputDeviceChannels = Key(
    "output.device_channels", .whole(1...32, .none), default: "auto",
    word: Word("auto", "the fewest the device has that hold the sound"), types: ["alsa"],
    live: true, "How many channels the device is opened with.")
  static let outputFormat = Key(
    "output.format", sampleTypes, default: "auto",
    word: Word("auto", "the best the device has, or s16 for a pipe"), types: ["alsa", "pipe"],
    live: true, "How samples are laid out, little-endian.")
  static let outputPeriod = Key(
    "output.period", .whole(16...16_384, .frames), default: "auto",
    word: Word("auto", "some 8 ms, or the least above that the device has"), types: ["alsa"],
    live: true, "How many frames go at once.")
  static let outputPeriods = Key(
    "output.periods", .whole(2...32, .none), default: "auto", word: Word("auto", "3"),
    types: ["alsa"], live: true,
    "How many periods the device's buffer holds. Each is heard as latency.")
  static let outputMmap = Key(
    "output.mmap", .flag, default: "auto", word: Word("auto", "yes where it is offered"),
    types: ["alsa"], live: true, "Whether samples are written to the device's own memory.")
  static let outputPath = Key(
    "output.path", .path("the name of the recording or named pipe"), default: "none",
    word: Word("none", "no file, or standard output for a pipe"), types: ["file", "pipe"],
    live: true,
    "The recording or named pipe to write; - is standard output. A recording's extension says "
      + "what it is (\(SoundFormat.containerNames.joined(separator: ", "))), and the fields of "
      + "strftime stand for the time it begins, such as %Y%m%d-%H%M%S.")
  static let outputEncoding = Key(
    "output.encoding", .choice(SoundFormat.codingNames), default: "auto",
    word: Word("auto", "the usual one of the file's kind"), types: ["file"], live: true,
    "How samples are stored in a recording: bits of an integer, float, or the name of a coding.")
  static let rotateSeconds = Key(
    "output.rotate.seconds", .number(1...31_536_000, .seconds), default: "never",
    word: Word("never", "no limit"), types: ["file"], live: true,
    "How much sound a recording holds before the next one begins; 30 min, 1h and 1d are "
      + "understood too.")
  static let rotateMegabytes = Key(
    "output.rotate.megabytes", .number(1...1_000_000, .megabytes), default: "never",
    word: Word("never", "no limit"), types: ["file"], live: true,
    "How large a recording grows before the next one begins, in 10^6 bytes; 2GB is understood "
      + "too.")
  static let rotateKeep = Key(
    "output.rotate.keep", .whole(1...1_000_000, .none), default: "all",
    word: Word("all", "all of them"), types: ["file"], live: true,
    "How many finished recordings are kept; the oldest go first.")

  static let output = [
    outputType, outputDevice, outputRate, outputDeviceChannels, outputFormat, outputPeriod,
    outputPeriods, outputMmap, outputPath, outputEncoding, rotateSeconds, rotateMegabytes,
    rotateKeep,
  ]
}
