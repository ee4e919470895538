import ArgumentParser
import AudioIO
import S5

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Shows what a model is: its sizes, its work, its data and its scores.",
    discussion: """
      Without NAME it lists the models that are built in.

      EXAMPLES
        hush model
        hush model small
        hush model mine.safetensors --json

      \(ExitStatus.help([.ok, .usage, .badData, .noInput, .internalFault, .io]))
      """)

  @Argument(help: ArgumentHelp("The name of a built-in model, or a file.", valueName: "name|file"))
  var name: String?

  @Flag(help: "Write JSON instead of a table.")
  var json = false

  func run() throws {
    do throws(Failure) {
      guard let name else {
        let sheet = try FamilySheet(.builtIn)
        Console.shared.answer(json ? try sheet.json() : sheet.table)
        return
      }
      let sheet = ModelSheet(try ModelFile.load(name))
      Console.shared.answer(json ? try sheet.json() : sheet.table)
    } catch {
      Console.shared.note("hush: " + error.line)
      throw ExitCode(error.status.rawValue)
    }
  }
}
