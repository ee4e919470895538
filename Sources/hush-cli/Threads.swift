import Glibc
import Synchronization

/// Plain threads: the work is long and blocks on files, which a pool of tasks is not made for.
enum Threads {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// How many processors there are.
  static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Starts a thread that nothing waits for.
  @discardableResult
  static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Body(body))
    let made = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, context.toOpaque())
    if made == 0 { return thread }
    context.release()
    return nil
  }

  /// Runs `body` for each of 0 ..< count, on at most `width` threads at once, in order of start.
  static func forEach(count: Int, width: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let next = Counter()
    let work: @Sendable () -> Void = {
      while let i = next.take(below: count) { body(i) }
    }
    // The calling thread is one of them, so all is done even where no other can be started.
    let others = (1..<max(1, min(width, count))).compactMap { _ in start(work) }
    work()
    for thread in others { pthread_join(thread, nil) }
  }

  private final class Counter: Sendable {
    private let value = Mutex(0)

    func take(below count: Int) -> Int? {
      value.withLock { value in
        guard value < count else { return nil }
        defer { value += 1 }
        return value
      }
    }
  }
}
