import Logging

/// swift-log's way to ``LogOutput``.
struct DaemonLogHandler: LogHandler {
  private let output: LogOutput
  private var ownLevel: Logger.Level?
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?

  init(_ output: LogOutput) { self.output = output }

  /// The output's, which a reload may change, unless this logger was given its own.
  var logLevel: Logger.Level {
    get { ownLevel ?? output.level }
    set { ownLevel = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var all = metadata
    all.merge(metadataProvider?.get() ?? [:]) { $1 }
    all.merge(event.metadata ?? [:]) { $1 }
    let rest = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    output.write(event.level, "\(event.message)\(rest)")
  }
}
