import ArgumentParser
import AudioIO
import FoundationEssentials

struct DevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices",
    abstract: "Lists the sound devices, and what each can do.",
    discussion: """
      Names with CARD= stay the same when devices are plugged in in another order; they are what \
      capture.device and output.device of hushd's configuration take. Each is opened for a moment \
      to ask it, which one in use does not allow.

      EXAMPLES
        hush devices
        hush devices --json | jq -r '.[] | select(.direction == "capture") | .name'

      \(ExitStatus.help([.ok, .usage, .internalFault]))
      """)

  @Flag(help: "Write JSON instead of text.")
  var json = false

  @Flag(help: "Show those of ALSA's configuration too that cannot be opened now.")
  var all = false

  func run() throws {
    try concluding {
      let sheets = hushed { PCMDirectory.devices().map(DeviceSheet.init(asking:)) }
        .filter { all || $0.isWorthShowing }
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Console.shared.answer(String(decoding: try encoder.encode(sheets), as: UTF8.self))
      } else {
        Console.shared.answer(DeviceSheet.text(sheets))
      }
    }
  }
}
