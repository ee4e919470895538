import Configuration
import Glibc

/// Reads the configuration, at start and again on each reload.
struct Loader: Sendable {
  private let path: String?
  private let environment: [String: String]
  private let overrides: Overrides

  /// `path`: what the command line names; nil: the usual one, if it is there.
  init(named path: String?, environment: [String: String], overrides: Overrides) {
    self.path = path
    self.environment = environment
    self.overrides = overrides
  }

  func load() throws(Failure) -> Configuration {
    do throws(ConfigurationError) {
      return try Configuration(
        path: path ?? Loader.usual, environment: environment, overrides: overrides)
    } catch {
      throw Failure(error)
    }
  }

  private static var usual: String? {
    access(Configuration.usualPath, F_OK) == 0 ? Configuration.usualPath : nil
  }
}
