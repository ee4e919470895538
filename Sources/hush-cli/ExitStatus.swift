import AudioIO
import Glibc

/// What `hush` tells the shell. The numbers are those of `sysexits.h`, and above 128 those a shell
/// gives for a signal.
enum ExitStatus: Int32, CaseIterable {
  case ok = 0
  /// The command line makes no sense: an unknown option, a value out of range, two inputs with the
  /// same output, a format that cannot hold the sound.
  case usage = 64
  /// The input is not usable: not a sound file, empty, cut off, with samples that are not numbers,
  /// a rate or a number of channels outside what `hush` takes, or a broken model file.
  case badData = 65
  /// The input is missing, is a directory, or may not be read.
  case noInput = 66
  /// `hushd` is not there, or does not answer.
  case unavailable = 69
  /// A fault of `hush` itself.
  case internalFault = 70
  /// The output exists (without `--force`), or its directory is missing or may not be written.
  case cannotCreate = 73
  /// Reading or writing failed half-way, such as on a full disk.
  case io = 74
  /// What answers is not `hushd`, or is one of another version.
  case badAnswer = 76
  /// `hushd` does not let this user in, or not change anything.
  case noPermission = 77
  /// Stopped by Ctrl-C (SIGINT). The process ends by the signal itself, so that a loop of a shell
  /// ends too.
  case interrupted = 130
  /// The reader of the output pipe went away (SIGPIPE). Quiet, as for other filters.
  case brokenPipe = 141
  /// Stopped by SIGTERM.
  case terminated = 143

  /// What it means, for `--help` and the manual.
  private var meaning: String {
    switch self {
    case .ok: "done"
    case .usage: "the command line makes no sense"
    case .badData:
      """
      the input is not usable: not sound, empty, cut off, samples that
      are not numbers, a rate outside 8 to 192 kHz, more than 8 channels,
      or a broken model
      """
    case .noInput: "the input is missing, a directory, or may not be read"
    case .unavailable: "hushd is not there, or does not answer"
    case .internalFault: "a fault of hush itself"
    case .cannotCreate: "the output exists already, or its place may not be written"
    case .io: "reading or writing failed half-way, such as on a full disk"
    case .badAnswer: "what answers is not hushd, or is of another version"
    case .noPermission: "hushd does not let this user in, or not change anything"
    case .interrupted: "stopped by Ctrl-C"
    case .brokenPipe: "the reader of the pipe went away"
    case .terminated: "stopped by SIGTERM"
    }
  }

  /// For `--help`.
  ///
  /// - Parameters:
  ///   - statuses: those that a command can end with.
  ///   - more: lines before them.
  static func help(_ statuses: [ExitStatus], _ more: [(Int32, String)] = []) -> String {
    let entries =
      (statuses.contains(.ok) ? [(ExitStatus.ok.rawValue, ExitStatus.ok.meaning)] : []) + more
      + statuses.filter { $0 != .ok }.map { ($0.rawValue, $0.meaning) }
    return "EXIT CODES\n"
      + entries.map { code, meaning in
        let lines = meaning.split(separator: "\n")
        let first = "  \(code)" + String(repeating: " ", count: 5 - "\(code)".count)
        return first + lines.joined(separator: "\n" + String(repeating: " ", count: 7))
      }.joined(separator: "\n")
  }

  /// Those of the commands that work on files.
  static let ofFiles = allCases.filter { ![.unavailable, .badAnswer, .noPermission].contains($0) }

  /// Those of the commands that ask hushd.
  static let ofLive: [ExitStatus] = [
    .ok, .usage, .unavailable, .internalFault, .badAnswer, .noPermission, .interrupted, .terminated,
  ]

  /// For the help of `hush denoise`.
  static let denoiseHelp = """
    \(help(ofFiles))
    But for 0 there is no output file: outputs are finished or absent.
    With several inputs the others are still done; the code is that of the
    first failure.
    """
}

/// Why a command ends early: one line for a person and a code for the shell.
struct Failure: Error {
  let status: ExitStatus
  let line: String

  init(_ status: ExitStatus, _ line: String) {
    self.status = status
    self.line = singleLine(line)
  }

  init(_ error: SoundFileError) {
    status =
      switch error.kind {
      case .noInput: .noInput
      case .badData: .badData
      case .badRequest: .usage
      case .cannotCreate: .cannotCreate
      case .io: .io
      case .brokenPipe: .brokenPipe
      }
    line = error.description
  }

  init(any error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as SoundFileError: self.init(error)
    default: self.init(.internalFault, "\(error)")
    }
  }
}
