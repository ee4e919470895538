import AudioIO
import Glibc
import Realtime
import Synchronization

/// What a file or a pipe gives: interleaved frames until there are no more.
protocol FrameSource: AnyObject {
  var path: String { get }
  var rate: Int { get }
  var channels: Int { get }
  /// Fills `block` as far as it goes; 0 at the end.
  func read(into block: UnsafeMutableBufferPointer<Float>) throws(SoundFileError) -> Int
}

extension SoundFileReader: FrameSource {}
extension RawReader: FrameSource {}

/// The capture thread of files and pipes: an ordinary one, since reading them may block.
final class Feeder: @unchecked Sendable {
  /// Opens the source, from its start; what it is given says whether to give up waiting.
  typealias Opening =
    @Sendable (_ isOver: @escaping @Sendable () -> Bool) throws(SoundFileError) -> any FrameSource

  private let core: Core
  private let open: Opening
  private let channels: [Int]
  private let isPaced: Bool
  private let loops: Bool
  private let metrics: Metrics
  private let events: RecordRing<Event>
  private let isOver = Flag()
  private let failureText = LastLine()
  private let isFlowing = Atomic(false)

  /// - Parameters:
  ///   - open: opens the source, from its start.
  ///   - channels: which of the source's are taken.
  ///   - isPaced: whether a hop is handed on when it would have sounded, as a microphone would.
  ///   - loops: whether it starts over at the end.
  init(
    core: Core, channels: [Int], isPaced: Bool, loops: Bool, metrics: Metrics,
    events: RecordRing<Event>,
    open: @escaping Opening
  ) {
    self.core = core
    self.open = open
    self.channels = channels
    self.isPaced = isPaced
    self.loops = loops
    self.metrics = metrics
    self.events = events
  }

  /// Whether sound comes in.
  var flows: Bool { isFlowing.load(ordering: .relaxed) }

  /// Why the source ended before its end; nil: it did not.
  var failure: String? { failureText.value }

  func end() { isOver.raise() }

  /// The thread's life.
  func run() {
    var total: Int64 = 0
    do {
      let pace = Pace(core.rate, core.hop)
      repeat {
        let source = try open { [isOver] in isOver.value }
        total += try feed(source, pace, total)
      } while loops && !isOver.value
    } catch {
      failureText.value = error.description
      total = Int64(core.input.written)
    }
    isFlowing.store(false, ordering: .relaxed)
    core.flows.store(false, ordering: .relaxed)
    core.total.store(Int64(core.input.written), ordering: .releasing)
    core.arrived.signal()
    _ = events.write(Event(.sourceEnded, .capture))
  }

  private func feed(
    _ source: any FrameSource, _ pace: Pace, _ before: Int64
  ) throws(SoundFileError) -> Int64 {
    let hop = core.hop
    var block = [Float](repeating: 0, count: hop * source.channels)
    var picked = [Float](repeating: 0, count: hop * core.channels)
    var total: Int64 = 0
    while !isOver.value {
      let frames = try block.withUnsafeMutableBufferPointer { (space) throws(SoundFileError) in
        try source.read(into: space)
      }
      if frames == 0 { break }
      for n in 0..<frames {
        for (c, from) in channels.enumerated() {
          picked[n * core.channels + c] = block[n * source.channels + from]
        }
      }
      var record = TraceRecord()
      let late = isPaced ? pace.wait(total + before + Int64(frames)) : 0
      record.begin = MonotonicClock.now()
      record.ready = record.begin &- late
      record.sequence = core.input.written
      record.frames = UInt32(truncatingIfNeeded: frames)
      if isPaced {
        let interval = UInt64(Double(hop) / Double(core.rate) * 1e9)
        metrics.capture.lateness.recordStalled(late, expectedInterval: interval)
      }
      hand(picked, frames)
      record.end = MonotonicClock.now()
      metrics.trace.capture.write(record)
      total += Int64(frames)
    }
    return total
  }

  private func hand(_ samples: [Float], _ frames: Int) {
    var done = 0
    while done < frames, !isOver.value {
      let count = samples.withUnsafeBufferPointer { space in
        space.baseAddress.map {
          core.input.write($0 + done * core.channels, frames: frames - done)
        } ?? 0
      }
      done += count
      if isPaced, done < frames {
        // Time does not wait, so what does not fit is gone.
        metrics.droppedFrames.add(UInt64(frames - done))
        break
      }
      let now = MonotonicClock.now()
      core.point.store(
        CapturePoint(
          position: core.input.written, time: now, rate: Double(core.rate),
          written: core.input.written, arrived: now, period: UInt64(core.hop),
          chunk: UInt64(core.hop)))
      core.arrived.signal()
      if done < frames { usleep(1000) }
    }
    metrics.capture.frames.add(UInt64(frames))
    isFlowing.store(true, ordering: .relaxed)
    core.flows.store(true, ordering: .relaxed)
  }

  /// Lets frames go when a microphone would have caught them.
  private final class Pace {
    private let rate: Double
    private let slack: UInt64 = 1_000_000_000
    private var start: UInt64 = 0

    init(_ rate: Int, _ hop: Int) { self.rate = Double(rate) }

    /// - Returns: nanoseconds that it is late by, then.
    func wait(_ position: Int64) -> UInt64 {
      let now = MonotonicClock.now()
      if start == 0 { start = now }
      let due = start &+ UInt64(Double(position) / rate * 1e9)
      if now > due &+ slack {
        // Stopped for a while, or the source was slow: from here on anew, not in a burst.
        start = now &- UInt64(Double(position) / rate * 1e9)
        return now &- due
      }
      if due > now { MonotonicClock.sleep(until: due) }
      let woke = MonotonicClock.now()
      return woke &- min(due, woke)
    }
  }
}
