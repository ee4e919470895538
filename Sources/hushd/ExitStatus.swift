/// What `hushd` tells whoever started it: the numbers of `sysexits.h`.
enum ExitStatus: Int32, CaseIterable {
  case ok = 0
  /// The command line makes no sense.
  case usage = 64
  /// A model or sound file is broken.
  case badData = 65
  /// A model or sound file is missing or may not be read.
  case noInput = 66
  /// A fault of `hushd` itself.
  case internalFault = 70
  /// A recording cannot be made where it is to be.
  case cannotCreate = 73
  /// Reading or writing failed for good.
  case io = 74
  /// The configuration or the environment has a mistake.
  case configuration = 78
  /// A second signal ended it before it had finished.
  case cutShort = 143

  /// For `--help`.
  static let help = """
    EXIT CODES
      0    stopped as told, or the source came to its end
      64   the command line makes no sense
      65   a model or a sound file is broken
      66   a model or a sound file is missing, or may not be read
      70   a fault of hushd itself
      73   the place for a recording is missing, or may not be written
      74   reading or writing failed for good
      78   the configuration or a HUSHD_ variable has a mistake
      143  a second signal ended it before it had finished
    A device that is missing ends nothing: it is waited for.
    """
}
