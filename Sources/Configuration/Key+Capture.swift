import Hush
import Pipeline

extension Key {
  static let sampleTypes = Kind.choice(Settings.SampleType.allCases.map(\.rawValue))
  static let rates = Kind.whole(
    Denoiser.rates.lowerBound...Denoiser.rates.upperBound, .hertz)

  static let captureType = Key(
    "capture.type", .choice(["alsa", "file", "pipe"]), default: "alsa",
    "What sound is taken from: alsa is a sound device, file a sound file, pipe raw samples on "
      + "standard input or a named pipe.")
  static let captureDevice = Key(
    "capture.device", .text("the name of an ALSA capture device, such as hw:CARD=Headset"),
    default: "default", types: ["alsa"],
    "The ALSA device, as `arecord -L` names them. A device that is away is waited for.")
  static let captureRate = Key(
    "capture.rate", rates, default: "auto",
    word: Word("auto", "the best rate that capture and output both have"),
    types: ["alsa", "pipe"],
    "Samples a second. Nothing is resampled on the way, so both devices should have it. A pipe "
      + "has to be told.")
  static let captureChannels = Key(
    "capture.channels", .wholes(0...31, count: Denoiser.channelCounts), default: "auto",
    word: Word("auto", "the first alone of a device, all of a file or pipe"),
    "Which channels are denoised, counted from 0, in this order.")
  static let captureDeviceChannels = Key(
    "capture.device_channels", .whole(1...32, .none), default: "auto",
    word: Word("auto", "the fewest that hold the ones picked"), types: ["alsa", "pipe"],
    "How many channels the device is opened with, or the samples of a pipe have.")
  static let captureFormat = Key(
    "capture.format", sampleTypes, default: "auto",
    word: Word("auto", "the best the device has, or s16 for a pipe"), types: ["alsa", "pipe"],
    "How samples are laid out, little-endian.")
  static let capturePeriod = Key(
    "capture.period", .whole(16...16_384, .frames), default: "auto",
    word: Word("auto", "some 8 ms, or the least above that the device has"), types: ["alsa"],
    "How many frames come at once. Shorter is quicker and wakes the processor more often.")
  static let capturePeriods = Key(
    "capture.periods", .whole(2...32, .none), default: "auto",
    word: Word("auto", "4 or more"), types: ["alsa"],
    "How many periods the device's buffer holds. More forgives a busy machine, and costs no "
      + "latency on this side.")
  static let captureMmap = Key(
    "capture.mmap", .flag, default: "auto", word: Word("auto", "yes where it is offered"),
    types: ["alsa"], "Whether samples are read from the device's own memory.")
  static let capturePath = Key(
    "capture.path", .path("the name of the sound file or named pipe"), default: "none",
    word: Word("none", "no file, or standard input for a pipe"), types: ["file", "pipe"],
    "The file or named pipe to read; - is standard input.")
  static let capturePaced = Key(
    "capture.paced", .flag, default: "auto", word: Word("auto", "yes for a file, no for a pipe"),
    types: ["file", "pipe"],
    "Whether samples come at the speed of sound, as from a microphone, or as fast as they are "
      + "taken.")
  static let captureLoop = Key(
    "capture.loop", .flag, default: "no", types: ["file"],
    "Whether the file starts again at its end; without, hushd ends there.")

  static let capture = [
    captureType, captureDevice, captureRate, captureChannels, captureDeviceChannels,
    captureFormat, capturePeriod, capturePeriods, captureMmap, capturePath, capturePaced,
    captureLoop,
  ]
}
