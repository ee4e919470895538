import ArgumentParser

@main struct HushCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "hush")
}
