import AudioIO
import Configuration
import S5

/// Why `hushd` ends, or a reload is refused: one line for a person, and the exit code.
struct Failure: Error, Equatable {
  let status: ExitStatus
  let line: String

  init(_ status: ExitStatus, _ line: String) {
    self.status = status
    self.line = singleLine(line)
  }

  init(_ error: ConfigurationError) {
    self.init(error.kind == .commandLine ? .usage : .configuration, error.description)
  }

  init(any error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as ConfigurationError: self.init(error)
    case let error as ModelError: self.init(.badData, error.description)
    case let error as SoundFileError:
      let status: ExitStatus =
        switch error.kind {
        case .noInput: .noInput
        case .badData: .badData
        case .badRequest: .configuration
        case .cannotCreate: .cannotCreate
        case .io, .brokenPipe: .io
        }
      self.init(status, error.description)
    default: self.init(.internalFault, "\(error)")
    }
  }
}
