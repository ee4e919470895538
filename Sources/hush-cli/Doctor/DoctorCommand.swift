import ArgumentParser
import FoundationEssentials
import Glibc
import S5

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Tells what stands between you and sound without gaps, and what mends it.",
    discussion: """
      It asks for real time and locked memory for real, opens the devices, times the model, and \
      tries the microphone for some seconds. Where hushd runs, it looks at that one's threads and \
      counts instead. Nothing is changed, nothing is played.

      EXAMPLES
        hush doctor
        hush doctor --capture hw:CARD=Headset --output hw:CARD=Headset
        hush doctor --json --trial 30

      \(ExitStatus.help(
        [.ok, .usage, .badData, .noInput, .internalFault, .interrupted, .terminated],
        [(1, "something is in the way")]))
      """)

  @Option(
    help: ArgumentHelp(
      "The microphone. (default: hushd's where it runs, else default)", valueName: "name"))
  var capture: String?

  @Option(
    help: ArgumentHelp(
      "The loudspeaker; nothing is heard. (default: hushd's where it runs, else none)",
      valueName: "name"))
  var output: String?

  @Option(
    help: ArgumentHelp("How long the microphone is tried, 0 for not at all.", valueName: "seconds"))
  var trial = 5.0

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "A model to time instead of the usual one: a built-in one's name or a file.",
      valueName: "name|file"),
    completion: .file())
  var model: String?

  @Flag(help: "Write JSON instead of text.")
  var json = false

  @OptionGroup var socket: SocketOption

  func validate() throws {
    if !(0...3600 ~= trial) { throw ValidationError("--trial is 0 to 3600 s") }
  }

  func run() throws {
    try concluding {
      let model = try model.map { try ModelFile.load($0) } ?? .standard
      if trial > 0, !json, Console.shared.showsProgress {
        Console.shared.bar("looking around, and listening for \(decimals(trial, 0)) s ...")
      }
      let finder = FactFinder(
        capture: capture, output: output, model: model, trialSeconds: trial, client: socket.client)
      let facts = hushed { finder.facts() }
      Console.shared.clearBar()
      let findings = Checks.findings(facts)
      Console.shared.answer(json ? try Self.json(findings) : Self.text(findings))
      if findings.contains(where: { $0.verdict == .problem }) { throw ExitCode(1) }
    }
  }

  static func text(_ findings: [Finding]) -> String {
    let count = findings.count { $0.verdict == .problem }
    let end =
      count == 0
      ? "Nothing is in the way." : "\(count) thing\(count == 1 ? " is" : "s are") in the way."
    return (findings.flatMap(\.lines) + ["", end]).joined(separator: "\n")
  }

  static func json(_ findings: [Finding]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(findings), as: UTF8.self)
  }
}
