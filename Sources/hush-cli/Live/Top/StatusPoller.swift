import Glibc
import Synchronization

/// Asks `hushd` again and again on a thread of its own, so that keys are heard while it does not
/// answer.
final class StatusPoller: Sendable {
  enum News: Sendable {
    case status(LiveStatus)
    /// What is in force after a change, in a line.
    case changed(String)
    /// A change that was refused.
    case refused(String)
    /// No answer.
    case trouble(String)
  }

  private struct State {
    var news: [News] = []
    var wishes: [ControlChange] = []
  }

  private let state = Mutex(State())
  private let client: ControlClient
  private let delay: Double
  private let tell: @Sendable () -> Void
  /// A byte cuts the wait short.
  private let ends: (output: Int32, input: Int32)

  /// - Parameters:
  ///   - delay: seconds from one question to the next.
  ///   - tell: called on the thread when there is news.
  init?(_ client: ControlClient, delay: Double, tell: @escaping @Sendable () -> Void) {
    guard let ends = Pipe.ends() else { return nil }
    self.ends = ends
    var client = client
    client.patience = 2
    self.client = client
    self.delay = delay
    self.tell = tell
  }

  func start() -> Bool { Threads.start { [self] in run() } != nil }

  func wish(_ change: ControlChange) {
    state.withLock { state in
      // Keys held down do not queue up for minutes.
      if state.wishes.count < 16 { state.wishes.append(change) }
    }
    var byte: UInt8 = 1
    write(ends.input, &byte, 1)
  }

  func take() -> [News] {
    state.withLock { state in
      defer { state.news = [] }
      return state.news
    }
  }

  private func run() {
    while true {
      let wishes = state.withLock { state in
        defer { state.wishes = [] }
        return state.wishes
      }
      var news: [News] = []
      for wish in wishes {
        do throws(Failure) {
          let body = try client.request("/control", body: wish.json)
          news.append(.changed(try ControlAnswer(body, from: client.path).line))
        } catch { news.append(.refused(error.line)) }
      }
      do throws(Failure) {
        news.append(.status(try LiveStatus(client.request("/status"), from: client.path)))
      } catch { news.append(.trouble(error.line)) }
      let told = news
      state.withLock { state in
        // The loop may be stopped while this goes on.
        if state.news.count < 100 { state.news += told }
      }
      tell()
      var entry = pollfd(fd: ends.output, events: Int16(POLLIN), revents: 0)
      if poll(&entry, 1, Int32(delay * 1000)) > 0 {
        var bytes = [UInt8](repeating: 0, count: 64)
        read(ends.output, &bytes, bytes.count)
      }
    }
  }
}
