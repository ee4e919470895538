import Pipeline

/// What the daemon runs: the pipeline, or in tests something that behaves like it.
protocol LiveEngine: AnyObject, Sendable {
  /// Starts the threads; devices that are away are no error, they are waited for.
  func start() throws
  /// Fades out, finishes files, and returns when all is done.
  func stop()
  /// Takes over what can change live; says what could not, by the names of keys or in words.
  func apply(_ settings: Settings) -> [String]
  /// Whether the source has come to its end and all of it is written.
  var isFinished: Bool { get }
  func status() -> EngineStatus
  /// Every figure as `name=value`, for programs that read the log.
  func details() -> String
}
