import ArgumentParser
import AudioIO
import Foundation
import VirtualCardSupport

/// Runs `hushd` for a long time on a card that is paced by the clock, with trouble on demand, and
/// measures what becomes of it.
@main struct SoakCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hush-soak",
    abstract: "Runs hushd for long on a virtual sound card, under load and trouble, and measures.",
    discussion: """
      The microphone hears a clip of speech again and again. Where in it is what the loudspeaker \
      plays tells the delay; the rest is told by hushd on SIGUSR1 and by /proc. Ends with 1 where \
      something is not as it should be.
      """)

  @Option(help: "The hushd to run.") var hushd = ".build/release/hushd"
  @Option(help: "How long.") var minutes = 30.0
  @Option(help: "Samples a second of the card.") var rate = 16_000
  @Option(
    help: "How much faster the loudspeaker's clock runs than the microphone's, in millionths.")
  var ppm = 0.0
  @Option(help: "Xruns to inject, on both sides in turn.") var xruns = 0
  @Option(help: "How often the card is unplugged for a second.") var unplugs = 0
  @Option(help: "How often hushd is stopped (SIGSTOP) for two seconds.") var stops = 0
  @Option(help: "Seconds from one reading to the next.") var every = 5.0
  @Option(help: "What the microphone hears.") var speech = "Demo/reader.flac"
  @Option(help: "Where the figures go, as JSON.") var json: String?
  @Option(name: .customLong("set"), help: "Passed to hushd.") var assignments: [String] = []
  @Flag(help: "Keep both cores busy with stress-ng meanwhile.") var stress = false

  func validate() throws {
    guard minutes > 0, every >= 2, xruns >= 0, unplugs >= 0, stops >= 0 else {
      throw ValidationError("no sensible figures; see --help")
    }
  }

  func run() throws {
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in endIsAsked.store(true, ordering: .relaxed) }
    }
    var options = VirtualCard.Options()
    options.rates = [rate]
    options.playbackPPM = ppm
    options.sound = try Speech.read(speech, rate: rate)
    let card = VirtualCard(options)
    // A file of its own: the machine's must not come in between.
    let configuration = NSTemporaryDirectory() + "hush-soak-\(getpid()).yaml"
    let text = """
      capture: {device: \(card.captureName)}
      output: {device: \(card.playbackName), device_channels: 1}
      control: {socket: none}
      log: {level: debug}

      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: configuration))
    defer { unlink(configuration) }
    let daemon = try Daemon(
      hushd, ["--config", configuration] + assignments.flatMap { ["--set", $0] })
    let load = stress ? try Load(seconds: minutes * 60 + 60) : nil
    defer { load?.end() }
    let session = Session(card: card, daemon: daemon, every: every)
    let trouble = Trouble(
      card: card, daemon: daemon, seconds: minutes * 60, xruns: xruns, unplugs: unplugs,
      stops: stops)
    session.run(minutes: minutes, trouble)
    let status = daemon.stop()
    load?.end()
    let summary = Summary(
      session.samples, trouble: trouble, status: status, rate: rate, ppm: ppm, stressed: stress)
    print(summary.text)
    if let json { try summary.json.write(to: URL(fileURLWithPath: json)) }
    if !summary.faults.isEmpty {
      print(daemon.tail)
      throw ExitCode(1)
    }
  }
}

enum Speech {
  /// The first channel of a sound file, brought to another rate where that is asked for.
  static func read(_ path: String, rate: Int) throws -> [Float] {
    let reader = try SoundFileReader(path: path)
    var sound: [Float] = []
    var block = [Float](repeating: 0, count: 4096 * reader.channels)
    while true {
      let frames = try block.withUnsafeMutableBufferPointer { (space) throws(SoundFileError) in
        try reader.read(into: space)
      }
      if frames == 0 { break }
      for n in 0..<frames { sound.append(block[n * reader.channels]) }
    }
    var ratio = Double(rate) / Double(reader.rate)
    while abs(ratio - 1) > 1e-6 {
      let step = max(0.5, min(2, ratio))
      sound = try resample(sound, step)
      ratio /= step
    }
    return sound
  }

  private static func resample(_ sound: [Float], _ ratio: Double) throws -> [Float] {
    let resampler = try DriftResampler(channels: 1, maximumFrames: 1024, quality: .medium)
    var result: [Float] = []
    var space = [Float](repeating: 0, count: 2100)
    var done = 0
    while done < sound.count {
      let step = sound.withUnsafeBufferPointer { input in
        space.withUnsafeMutableBufferPointer { output in
          resampler.process(
            input.baseAddress! + done, frames: min(1024, sound.count - done),
            to: output.baseAddress!, capacity: 2100, ratio: ratio)
        }
      }
      result += space[..<step.produced]
      done += step.consumed
    }
    return result
  }
}
