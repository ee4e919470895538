/// Why there is no telemetry: one line, what, where, and the mend.
public struct TelemetryError: Error, Equatable, CustomStringConvertible, Sendable {
  public let description: String

  init(_ description: String) { self.description = description }
}
