import ArgumentParser

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Shows how hushd is, in a line.",
    discussion: """
      The line begins with ok, degraded, waiting or finished, and the exit code says the same to \
      scripts (1 and 2 are a warning and an alarm to Nagios and its kin).

      EXAMPLES
        hush status
        hush status --json | jq .latency_ms.p99
        hush status > /dev/null || systemctl restart hushd

      \(ExitStatus.help(
        ExitStatus.ofLive,
        [
          (1, "degraded: sound flows, but a hop was late or a device overran\nin the last minute, or a smaller model is in use"),
          (2, "waiting: a device is away, or coming back"),
          (3, "finished: the source has come to its end"),
        ]))
      """)

  @Flag(help: "Write all that hushd tells, as JSON.")
  var json = false

  @Flag(name: [.short, .long], help: "Write nothing; the exit code says it.")
  var quiet = false

  @OptionGroup var socket: SocketOption

  func run() throws {
    try concluding {
      let client = socket.client
      let body = try client.request("/status")
      let status = try LiveStatus(body, from: client.path)
      if !quiet {
        Console.shared.answer(
          json
            ? String(decoding: body, as: UTF8.self).trimmedEnd : StatusLine.text(status))
      }
      if status.health.code != 0 { throw ExitCode(status.health.code) }
    }
  }
}

extension String {
  /// Without line ends behind it.
  var trimmedEnd: String {
    var text = self[...]
    while text.last?.isNewline == true { text.removeLast() }
    return String(text)
  }
}
