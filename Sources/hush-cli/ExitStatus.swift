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
  /// A fault of `hush` itself.
  case internalFault = 70
  /// The output exists (without `--force`), or its directory is missing or may not be written.
  case cannotCreate = 73
  /// Reading or writing failed half-way, such as on a full disk.
  case io = 74
  /// Stopped by Ctrl-C (SIGINT). The process ends by the signal itself, so that a loop of a shell
  /// ends too.
  case interrupted = 130
  /// The reader of the output pipe went away (SIGPIPE). Quiet, as for other filters.
  case brokenPipe = 141
  /// Stopped by SIGTERM.
  case terminated = 143

  /// For `--help`.
  static let help = """
    EXIT CODES
      0    done
      64   the command line makes no sense
      65   the input is not usable: not sound, empty, cut off, samples that
           are not numbers, a rate outside 8 to 192 kHz, more than 8 channels,
           or a broken model
      66   the input is missing, a directory, or may not be read
      70   a fault of hush itself
      73   the output exists already, or its place may not be written
      74   reading or writing failed half-way, such as on a full disk
      130  stopped by Ctrl-C
      141  the reader of the pipe went away
      143  stopped by SIGTERM
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
