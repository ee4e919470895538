import ArgumentParser
import AudioIO
import Glibc

struct EventsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Shows what happens in hushd, as it happens.",
    discussion: """
      A line for each event: overruns, changes of state, hops that were late and why. It goes on \
      until Ctrl-C, or until hushd ends, which is exit code 69.

      EXAMPLES
        hush events
        hush events --json | jq -c 'select(.event == "deadline_missed")'
        timeout 60 hush events --count 1 && echo "something happened"

      \(ExitStatus.help(ExitStatus.ofLive + [.brokenPipe]))
      """)

  @Flag(help: "Pass on hushd's lines of JSON, its hello and heartbeats with them.")
  var json = false

  @Option(
    help: ArgumentHelp("End after so many events, hello and heartbeats aside.", valueName: "number")
  )
  var count: Int?

  @OptionGroup var socket: SocketOption

  func validate() throws {
    if let count, count < 1 { throw ValidationError("--count is 1 or more") }
  }

  func run() throws {
    try concluding {
      let client = socket.client
      var left = count ?? .max
      // A heartbeat comes every 5 s.
      try client.lines("/events", silence: 20) { line in
        guard let event = LiveEvent(line) else { return true }
        if json { Console.pass(line) } else if !event.isPulse { Console.pass(event.text) }
        if !event.isPulse { left -= 1 }
        return left > 0
      }
    }
  }
}

extension Console {
  /// A line on standard output, for which someone has to be there.
  static func pass(_ line: String) {
    guard let failure = writeFully(STDOUT_FILENO, line + "\n") else { return }
    if failure == EPIPE { Signals.die(by: SIGPIPE) }
    Console.shared.note("hush: standard output: cannot be written; is the disk full?")
    exit(ExitStatus.io.rawValue)
  }
}
