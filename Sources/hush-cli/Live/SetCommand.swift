import ArgumentParser
import FoundationEssentials
import Glibc

struct SetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Changes what hushd does, while sound flows.",
    discussion: """
      What is set lasts until it is set again, hushd reloads its configuration, or it ends. All is \
      checked before anything is changed.

        strength=18dB   how much noise may be removed, 0 to 100 dB; max: all
        bypass=on       the sound passes as it is, as late as ever; off ends it
        mute=on         nothing is heard; off ends it
        model=NAME      another model, built in or a file; builtin: the usual one
        reset           the denoiser forgets what it has heard

      EXAMPLES
        hush set strength=18dB bypass=off
        hush set mute=on

      \(ExitStatus.help([.ok, .usage, .badData] + ExitStatus.ofLive.filter { $0 != .ok && $0 != .usage }))
      """)

  @Argument(
    help: ArgumentHelp("What to change, and to what.", valueName: "setting"),
    completion: .list([
      "strength=", "bypass=on", "bypass=off", "mute=on", "mute=off", "model=", "reset",
    ]))
  var settings: [String]

  @Flag(name: [.short, .long], help: "Do not tell what is in force then.")
  var quiet = false

  @OptionGroup var socket: SocketOption

  func validate() throws {
    do throws(Failure) { _ = try ControlChange(settings) } catch {
      throw ValidationError(error.line)
    }
  }

  func run() throws {
    try concluding {
      let client = socket.client
      let answer = try ControlAnswer(
        client.request("/control", body: ControlChange(settings).json), from: client.path)
      if !quiet { Console.shared.answer(answer.line) }
    }
  }
}

/// What is in force after a change.
struct ControlAnswer {
  let line: String

  init(_ body: [UInt8], from path: String) throws(Failure) {
    struct Model: Decodable {
      let model: String?
    }
    let data = Data(body)
    guard let control = try? JSONDecoder().decode(LiveStatus.Control.self, from: data) else {
      throw Failure(.badAnswer, "\(path): the answer is no control; this is not a hushd")
    }
    let model = try? JSONDecoder().decode(Model.self, from: data).model
    line = visible(
      "strength \(StatusLine.strength(control.strength)), bypass \(control.bypass ? "on" : "off"), "
        + "mute \(control.mute ? "on" : "off"), model \(model ?? "none")")
  }
}
