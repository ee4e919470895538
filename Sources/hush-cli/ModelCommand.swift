import ArgumentParser
import AudioIO
import S5

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Shows what a model is: its sizes, its work, its data and its scores.",
    discussion: """
      Without FILE it shows the model built in.

      EXAMPLES
        hush model
        hush model mine.safetensors --json

      \(ExitStatus.help([.ok, .usage, .badData, .noInput, .internalFault, .io]))
      """)

  @Argument(help: ArgumentHelp("A model file.", valueName: "file"))
  var file: String?

  @Flag(help: "Write JSON instead of a table.")
  var json = false

  func run() throws {
    do throws(Failure) {
      let model: Model
      if let file { model = try ModelFile.load(file) } else { model = .standard }
      let sheet = ModelSheet(model)
      Console.shared.answer(json ? try sheet.json() : sheet.table)
    } catch {
      Console.shared.note("hush: " + error.line)
      throw ExitCode(error.status.rawValue)
    }
  }
}
