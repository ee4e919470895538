import ArgumentParser
import Glibc

struct TopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top",
    abstract: "Watches hushd on a screen, and steers it by keys.",
    discussion: """
      KEYS
        b      bypass on and off       r  the denoiser forgets what it has heard
        + -    3 dB more or less       ?  what the words on the screen mean
        m      mute on and off         q  quit

      QUANT, RATE, WAIT, BUSY and ERR are those of pw-top. A hushd that goes away is waited for. \
      With NO_COLOR set there are no colours; where TERM is dumb it is as with --batch.

      EXAMPLES
        hush top
        hush top --batch --iterations 1 > hushd.txt

      \(ExitStatus.help(ExitStatus.ofLive))
      """)

  @Flag(name: [.short, .long], help: "Write screen after screen as plain text, and heed no keys.")
  var batch = false

  @Option(
    name: [.customShort("n"), .long],
    help: ArgumentHelp("End after so many screens; with --batch.", valueName: "number"))
  var iterations: Int?

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "From one screen to the next. (default: 0.2, with --batch 2)", valueName: "seconds"))
  var delay: Double?

  @OptionGroup var socket: SocketOption

  func validate() throws {
    if let delay, !(0.05...3600 ~= delay) { throw ValidationError("--delay is 0.05 to 3600 s") }
    if let iterations, iterations < 1 { throw ValidationError("--iterations is 1 or more") }
    if iterations != nil, !batch { throw ValidationError("--iterations goes with --batch") }
  }

  func run() throws {
    try concluding {
      let client = socket.client
      let first = try Self.ask(client)
      if batch || TerminalScreen.isDumb && isatty(STDOUT_FILENO) != 0 {
        return try write(client, first)
      }
      guard let loop = TopLoop(client, delay: delay ?? 0.2, first: first) else {
        throw Failure(.usage, "top needs a terminal; there are --batch and hush status --json")
      }
      if case .signal(let number) = loop.run() { Signals.die(by: number) }
    }
  }

  private static func ask(_ client: ControlClient) throws(Failure) -> LiveStatus {
    try LiveStatus(client.request("/status"), from: client.path)
  }

  private func write(_ client: ControlClient, _ first: LiveStatus) throws {
    let screen = TopScreen(isFine: TerminalScreen.isFine)
    var picture = TopScreen.Picture()
    picture.takesKeys = false
    var status = first
    var left = iterations ?? .max
    while true {
      picture.history.add(status)
      picture.clock = timeOfDay(time(nil))
      let size = TopScreen.Size(columns: TerminalScreen.size.columns, rows: 100)
      Console.pass(screen.lines(picture, size).map(\.text).joined(separator: "\n"))
      left -= 1
      if left == 0 { return }
      Console.pass("")
      usleep(useconds_t((delay ?? 2) * 1e6))
      status = try Self.ask(client)
    }
  }
}
