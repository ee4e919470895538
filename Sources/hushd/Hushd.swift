import ArgumentParser
import Configuration
import Glibc
import Logging
import Pipeline
import Realtime
import UnixSignals

@main struct Hushd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hushd",
    abstract: "Takes the noise out of a live microphone.",
    discussion: """
      Without a configuration it goes from the default microphone to the default output. \
      \(Configuration.usualPath) is read if it is there. Each of its keys can be overridden by an \
      environment variable (HUSHD_CAPTURE_DEVICE), and that by the command line.

      EXAMPLES
        hushd
        hushd --capture hw:CARD=Headset --output hw:CARD=Headset --strength 18dB
        hushd --config room.yaml --check
        hushd --set output.type=file --set output.path=%H%M%S.flac
        hushd --print-config > hushd.yaml

      SIGNALS
        TERM, INT   fade out, finish files, end; a second one ends at once
        HUP         read the configuration anew; end, if the terminal was closed
        USR1        log a status line

      \(ExitStatus.help)
      """,
    version: version)

  static let version = "0.1.0"

  @Option(
    name: [.short, .customLong("config")],
    help: ArgumentHelp(
      "The configuration. (default: \(Configuration.usualPath), if it is there)",
      valueName: "file"))
  var config: String?

  @Flag(help: "Test the configuration and what it names, say so in one line, and end.")
  var check = false

  @Flag(help: "Print the configuration as it is in force, every key explained, and end.")
  var printConfig = false

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Override a key, such as capture.device=hw:1.", valueName: "key=value"))
  var assignments: [String] = []

  @Option(help: ArgumentHelp("The ALSA device to take sound from.", valueName: "name"))
  var capture: String?

  @Option(help: ArgumentHelp("The ALSA device to play on.", valueName: "name"))
  var output: String?

  @Option(
    help: ArgumentHelp("How much noise may be removed, such as 18dB, or max.", valueName: "dB"))
  var strength: String?

  @Flag(help: "Let the sound pass as it is.")
  var bypass = false

  static func main() async {
    // A write to a closed pipe, or past a size limit, is then an error like any other.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    await Self.main(nil)
  }

  func run() async throws {
    let environment = Hushd.environment()
    let output = LogOutput(style: LogStyle(STDERR_FILENO, environment: environment))
    do {
      try await run(environment, output)
    } catch let failure as Failure {
      Hushd.complain(failure.line, output)
      throw ExitCode(failure.status.rawValue)
    }
  }

  private func run(_ environment: [String: String], _ output: LogOutput) async throws {
    let loader = try loader(environment)
    if check || printConfig {
      let configuration = try loader.load()
      if printConfig { print(Annotated(configuration), terminator: "") }
      if check { try Hushd.report(configuration, output) }
      return
    }
    let terminal = Terminal()
    // Before anything slow: a signal that comes early must not be lost.
    let signals = await Signals.heard()
    let configuration = try loader.load()
    try Preflight.check(configuration.settings.settings)
    let daemon = Daemon(
      engine: PipelineEngine(
        configuration.settings.settings, control: configuration.settings.control, output: output),
      configuration: configuration,
      reload: {
        let new = try loader.load()
        try Preflight.check(new.settings.settings)
        return new
      },
      notifier: Hushd.notifier(environment, output), watchdog: Watchdog(environment: environment),
      output: output)
    let listening = Task {
      for await signal in signals { Signals.event(signal, terminal).map(daemon.post) }
    }
    let ticking = Task {
      while !Task.isCancelled {
        daemon.post(.tick(MonotonicClock.now()))
        try? await Task.sleep(for: .milliseconds(250))
      }
    }
    let status = await daemon.run()
    listening.cancel()
    ticking.cancel()
    if status != .ok { throw ExitCode(status.rawValue) }
  }

  private func loader(_ environment: [String: String]) throws -> Loader {
    var overrides = Overrides()
    do throws(ConfigurationError) {
      for assignment in assignments { try overrides.set(assignment) }
    } catch {
      throw Failure(error)
    }
    capture.map { overrides.capture($0) }
    output.map { overrides.output($0) }
    strength.map { overrides.strength($0) }
    if bypass { overrides.bypass() }
    return Loader(named: config, environment: environment, overrides: overrides)
  }

  private static func notifier(_ environment: [String: String], _ output: LogOutput)
    -> any Notifying
  {
    guard let name = environment["NOTIFY_SOCKET"], !name.isEmpty else { return NoNotifier() }
    if let notifier = Notifier(socket: name) { return notifier }
    output.write(.warning, "NOTIFY_SOCKET: '\(name)' is no Unix socket; nobody is notified")
    return NoNotifier()
  }

  private static func report(_ configuration: Configuration, _ output: LogOutput) throws {
    try Preflight.check(configuration.settings.settings)
    let notes = configuration.remarks + Preflight.notes(configuration.settings.settings)
    for note in notes { complain("note: \(note)", output) }
    print("\(configuration.path ?? "no configuration file, the defaults"): good")
  }

  /// One line on standard error; a terminal needs no time on it.
  private static func complain(_ line: String, _ output: LogOutput) {
    LogOutput.standardError(output.style == .journal ? output.style.line(.error, line) : line)
  }

  private static func environment() -> [String: String] {
    var result: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let text = String(cString: entry)
      if let equals = text.firstIndex(of: "=") {
        result[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      next += 1
    }
    return result
  }
}
