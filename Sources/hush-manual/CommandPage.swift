/// The page of a program with its commands.
struct CommandPage {
  private let program: Program
  private let section: Int
  private let seeAlso: [String]

  init(_ program: Program, section: Int, seeAlso: [String]) {
    self.program = program
    self.section = section
    self.seeAlso = seeAlso
  }

  func text() throws -> String {
    let command = program.command
    var page = Roff(
      program.name, section, version: program.version,
      section == 1 ? "User Commands" : "System Administration")
    page.heading("NAME")
    page.marked("\(program.name) \\- " + Roff.escaped(brief(command)))
    page.heading("SYNOPSIS")
    page.synopsis(try program.usage(nil))
    page.heading("DESCRIPTION")
    page.add(command.abstract ?? "")
    let parts = Roff.parts(command.discussion ?? "")
    for part in parts where part.title.isEmpty { page.body(part) }
    page.heading("OPTIONS")
    options(command, &page)
    let subcommands = (command.subcommands ?? []).filter { $0.commandName != "help" }
    if !subcommands.isEmpty {
      page.heading("COMMANDS")
      for subcommand in subcommands { try tell(subcommand, &page) }
    }
    for part in parts where !part.title.isEmpty {
      page.heading(part.title == "EXIT CODES" ? "EXIT STATUS" : part.title)
      page.body(part)
    }
    page.heading("SEE ALSO")
    page.marked(
      seeAlso.map { entry in
        let parts = entry.split(separator: "(")
        return Roff.bold(String(parts[0])) + "(" + parts[1]
      }.joined(separator: ", "))
    return page.text
  }

  /// As whatis(1) wants it: no capital, no full stop.
  private func brief(_ command: Program.Command) -> String {
    var text = command.abstract ?? ""
    if text.hasSuffix(".") { text.removeLast() }
    return text.prefix(1).lowercased() + text.dropFirst()
  }

  private func tell(_ command: Program.Command, _ page: inout Roff) throws {
    page.subheading("\(program.name) \(command.commandName)")
    page.add(command.abstract ?? "")
    page.paragraph()
    page.synopsis(try program.usage(command.commandName))
    let parts = Roff.parts(command.discussion ?? "")
    for part in parts where part.title.isEmpty { page.body(part) }
    options(command, &page)
    for part in parts where !part.title.isEmpty {
      page.paragraph()
      page.marked(Roff.bold(part.title.prefix(1) + part.title.dropFirst().lowercased() + ":"))
      page.body(part)
    }
  }

  private func options(_ command: Program.Command, _ page: inout Roff) {
    for argument in command.arguments ?? [] where argument.shouldDisplay {
      let value = argument.valueName ?? "value"
      let tag: String
      if argument.kind == "positional" {
        tag = Roff.italic(value) + (argument.isRepeating ? " ..." : "")
      } else {
        let names = (argument.names ?? []).map {
          Roff.bold(($0.kind == "long" ? "--" : "-") + $0.name)
        }
        tag =
          names.joined(separator: ", ")
          + (argument.kind == "option" ? " " + Roff.italic(value) : "")
      }
      var text = argument.abstract ?? ""
      if let given = argument.defaultValue { text += " (default: \(given))" }
      page.item(tag, text)
    }
  }
}
