import CRealtime
import Glibc
import Synchronization

/// A thread for work that must be on time.
///
/// It runs under SCHED_FIFO if the system lets it, on CPUs of choice, on a stack that is in memory
/// from the start, with denormal numbers taken for 0. What is refused does not stop it: `grant`
/// says what it got, and how to get the rest.
public final class RealtimeThread: @unchecked Sendable {
  /// What the thread got, as it found it before it called its body.
  public let grant: ThreadGrant

  private let thread: pthread_t
  let stack: ThreadStack
  private let isJoined = Atomic<Bool>(false)
  private var start: ThreadStart?

  /// Starts the thread; returns once it is set up and about to call `body`.
  ///
  /// - Parameters:
  ///   - request: a priority in 0...99.
  ///   - body: what it does; the thread ends with it. Should not allocate, lock or wait but for
  ///     time and a `Wakeup`. What it captures is released by who joins.
  /// - Throws: if there is no memory or no room for another thread.
  public init(
    _ request: ThreadRequest, body: @escaping @Sendable () -> Void
  ) throws(ThreadError) {
    precondition(0...99 ~= request.priority, "a priority of \(request.priority)")
    let start = ThreadStart(request, body)
    stack = try ThreadStack(bytes: request.stackBytes, name: request.name)
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstack(&attributes, stack.base, stack.bytes)
    // Else it would begin with the scheduling of the thread that makes it.
    pthread_attr_setinheritsched(&attributes, Int32(PTHREAD_EXPLICIT_SCHED))
    pthread_attr_setschedpolicy(&attributes, SCHED_OTHER)
    var ordinary = sched_param()
    pthread_attr_setschedparam(&attributes, &ordinary)
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, &attributes,
      { argument in
        Unmanaged<ThreadStart>.fromOpaque(argument!)._withUnsafeGuaranteedRef { $0.run() }
        return nil
      }, Unmanaged.passUnretained(start).toOpaque())
    pthread_attr_destroy(&attributes)
    guard failure == 0 else {
      stack.unmap()
      throw ThreadError(name: request.name, errno: failure)
    }
    self.thread = thread
    self.start = start
    start.isSetUp.wait()
    grant = start.grant!
  }

  /// Waits for the body to end, if nobody has.
  deinit { join() }

  /// Waits for the body to end. From any other thread; the first call does it, others return.
  public func join() {
    guard !isJoined.exchange(true, ordering: .acquiringAndReleasing) else { return }
    // The last reference may go on the thread itself: then its stack stays.
    guard pthread_equal(thread, pthread_self()) == 0 else {
      pthread_detach(thread)
      _ = start.map(Unmanaged.passRetained)
      return
    }
    pthread_join(thread, nil)
    stack.unmap()
    start = nil
  }
}
