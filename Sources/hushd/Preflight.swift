import AudioIO
import Glibc
import Pipeline
import S5

/// What has to be there besides the configuration itself: models, a sound file to read, a place for
/// recordings.
enum Preflight {
  /// Throws the first thing that is missing or broken.
  static func check(_ settings: Settings) throws(Failure) {
    try checkModels(settings.denoise)
    switch settings.capture.source {
    case .file(let path, _, _): try check(readable: path, "the sound file")
    case .pipe(let path, _, _, _, _) where path != "-": try check(readable: path, "the pipe")
    default: break
    }
    if case .file(let path, _, _) = settings.output.sink { try check(recording: path) }
  }

  /// Worth telling, and no error: devices that are away now.
  static func notes(_ settings: Settings) -> [String] {
    var notes: [String] = []
    if case .device(let device) = settings.capture.source {
      notes += SoundCards.missing(device.name).map { ["capture.device: \($0)"] } ?? []
    }
    if case .device(let device) = settings.output.sink {
      notes += SoundCards.missing(device.name).map { ["output.device: \($0)"] } ?? []
    }
    return notes
  }

  private static func checkModels(_ settings: Settings.Denoise) throws(Failure) {
    let choice: ModelChoice
    do throws(PipelineError) { choice = try ModelChoice(settings) } catch { throw Failure(error) }
    for name in choice.names where !ModelFamily.isName(name) {
      try check(readable: name, "the model")
    }
    do throws(PipelineError) { _ = try choice.load() } catch { throw Failure(error) }
  }

  private static func check(readable path: String, _ what: String) throws(Failure) {
    guard access(path, R_OK) != 0 else { return }
    throw Failure(
      .noInput,
      errno == EACCES
        ? "\(path): \(what) may not be read; check its permissions"
        : "\(path): \(what) is not there; check its name")
  }

  private static func check(recording path: String) throws(Failure) {
    let directory = directoryName(path)
    // Folders may be named by the time too, and are made when it has come.
    if directory.contains("%") { return }
    var place = stat()
    guard stat(directory, &place) == 0, place.st_mode & S_IFMT == S_IFDIR else {
      throw Failure(
        .cannotCreate, "\(path): the directory \(directory) is not there; make it first")
    }
    guard access(directory, W_OK | X_OK) == 0 else {
      throw Failure(
        .cannotCreate,
        "\(path): the directory \(directory) may not be written; choose another place")
    }
  }
}
