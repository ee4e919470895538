import Glibc
import Pipeline
import Realtime
import Synchronization

/// Serves telemetry and live control on a Unix socket, from one ordinary thread of low weight.
///
/// Written for this and not taken from a library of servers: those at hand read headers and write
/// answers without limits, leave a slow reader as long as it likes, end when descriptors run out and
/// do not say who is at the other end of a Unix socket. Here one loop over `poll` owns everything,
/// so that what a client can use is what `Limits` says.
public final class TelemetryServer: Sendable {
  private let endpoint: Endpoint
  private let limits: Limits
  private let feed: EventFeed
  private let service: Service
  private let running = Mutex<Running?>(nil)

  private struct Running {
    let loop: ServerLoop
    let thread: RealtimeThread
  }

  /// - Parameters:
  ///   - endpoint: where the socket is to be.
  ///   - pipeline: what is told of, and controlled.
  ///   - feed: the pipeline's events are posted there.
  ///   - version: the daemon's.
  ///   - limits: what a client may use.
  public init(
    _ endpoint: Endpoint, pipeline: Pipeline, feed: EventFeed, version: String,
    limits: Limits = Limits()
  ) {
    self.endpoint = endpoint
    self.limits = limits
    self.feed = feed
    service = Service(pipeline: pipeline, version: version)
  }

  deinit { stop() }

  /// Opens the socket and starts the thread.
  ///
  /// - Throws: in one line, why it cannot be; the audio does not depend on it.
  public func start() throws(TelemetryError) {
    let listener = try UnixListener(endpoint)
    let loop = ServerLoop(listener, feed: feed, service: service, limits: limits)
    do {
      let thread = try RealtimeThread(ThreadRequest(name: "hush-telemetry", priority: 0)) {
        loop.run()
      }
      running.withLock { $0 = Running(loop: loop, thread: thread) }
    } catch {
      throw TelemetryError("control.socket: cannot start the thread hush-telemetry: \(error)")
    }
  }

  /// Closes all connections, removes the socket and ends the thread.
  public func stop() {
    let last = running.withLock { running in
      defer { running = nil }
      return running
    }
    last?.loop.end()
    last?.thread.join()
  }
}
