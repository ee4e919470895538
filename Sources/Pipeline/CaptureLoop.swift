import AudioIO
import Glibc
import Realtime
import Synchronization

/// The capture thread: periods from the device into the ring, each with its time.
final class CaptureLoop: @unchecked Sendable {
  let berth: Berth<PCMStream>
  private let core: Core
  private let metrics: Metrics
  private let events: RecordRing<Event>
  private let isRunning = Atomic(false)
  private let scratch: UnsafeMutablePointer<Float>
  private let capacity: Int
  /// Frames over which sound fades in after a break, and out before it: 4 ms.
  private let fade: Int
  /// The last frame before a break.
  private let last: UnsafeMutablePointer<Float>
  /// The last published point, the thread's own copy.
  private var point: CapturePoint
  /// Whether the present break is hushd's doing: it did not take the sound in time.
  private var wasMissed = false

  init(
    core: Core, berth: Berth<PCMStream>, metrics: Metrics, events: RecordRing<Event>
  ) {
    self.core = core
    self.berth = berth
    self.metrics = metrics
    self.events = events
    capacity = core.input.capacity
    scratch = .allocate(capacity: capacity * core.channels)
    scratch.initialize(repeating: 0, count: capacity * core.channels)
    last = .allocate(capacity: core.channels)
    last.initialize(repeating: 0, count: core.channels)
    fade = max(core.rate / 250, 1)
    point = CapturePoint(rate: Double(core.rate))
  }

  deinit {
    scratch.deallocate()
    last.deallocate()
  }

  /// Whether sound comes in.
  var flows: Bool { isRunning.load(ordering: .relaxed) }

  /// The thread's life.
  func run() {
    while let stream = berth.take() {
      let outcome = stream._withUnsafeGuaranteedRef { serve($0) }
      isRunning.store(false, ordering: .relaxed)
      core.flows.store(false, ordering: .relaxed)
      berth.giveBack(outcome)
    }
  }

  private func serve(_ stream: PCMStream) -> Outcome {
    var clock = StreamClock(rate: Double(stream.rate))
    var wakes = WakeMeter(metrics.capture.lateness, period: stream.period, rate: stream.rate)
    var isBroken = true
    var trouble = DeviceTrouble(.capture, metrics, events)
    wasMissed = false
    if let failure = restart(stream) { return failure }
    while !berth.isWanted {
      switch stream.wait(milliseconds: 100) {
      case .frames:
        trouble.woke()
      case .timeout:
        switch trouble.timedOut() {
        case .none: break
        case .restart:
          if let failure = restart(stream) { return failure }
          isBroken = true
        case .lost(let number): return .lost(number)
        }
        continue
      case let result:
        if result == .xrun { wakes.overslept(at: MonotonicClock.now()) }
        if let failure = recover(stream, result, &trouble) { return failure }
        isBroken = true
        continue
      }
      let position = stream.position()
      var record = TraceRecord()
      record.begin = MonotonicClock.now()
      let wanted = min(position.available, capacity)
      guard wanted > 0 else {
        // A plug-in that calls too early: no thread of this priority may spin until it is time.
        MonotonicClock.sleep(until: MonotonicClock.now() &+ 500_000)
        continue
      }
      record.ready = wakes.woke(at: record.begin, position)
      var frames = 0
      switch stream.read(scratch, frames: wanted) {
      case .frames(let count): frames = count
      case .timeout: break
      case let result:
        if let failure = recover(stream, result, &trouble) { return failure }
        isBroken = true
      }
      guard frames > 0 else { continue }
      trouble.progressed()
      metrics.capture.frames.add(UInt64(frames))
      // The frame that enters the device now is `delay` after the one that was read first.
      let caught = position.time &- nanoseconds(position.delay)
      if isBroken { bridge(to: caught, frames) }
      let base = core.input.written
      let place = base &+ UInt64(max(position.delay, 0))
      if isBroken {
        clock.reset(position: place, time: position.time)
        isBroken = false
      } else {
        clock.update(position: place, time: position.time)
      }
      let taken = core.input.write(scratch, frames: frames)
      if taken < frames {
        metrics.droppedFrames.add(UInt64(frames &- taken))
        note(.dropped, Int64(frames &- taken))
        isBroken = true
        wasMissed = true
      }
      last.update(from: scratch + (frames &- 1) &* core.channels, count: core.channels)
      point.position = place
      point.time = clock.time(at: place)
      point.rate = clock.rate
      point.written = core.input.written
      point.arrived = MonotonicClock.now()
      point.period = UInt64(stream.period)
      point.chunk = UInt64(taken)
      core.point.store(point)
      core.arrived.signal()
      isRunning.store(true, ordering: .relaxed)
      core.flows.store(true, ordering: .relaxed)
      record.end = MonotonicClock.now()
      record.sequence = base
      record.frames = UInt32(truncatingIfNeeded: frames)
      metrics.trace.capture.write(record)
    }
    stream.drop()
    return .returned
  }

  /// Joins the sound before a break with that after it: what was fades out, the lost time is made
  /// up with silence where the output keeps time, and what comes fades in.
  private func bridge(to caught: UInt64, _ frames: Int) {
    let channels = core.channels
    if core.input.written > 0 {
      if wasMissed { countMissed(until: caught) }
      wasMissed = false
      var n = 0
      while n < fade, core.input.writable > frames {
        let gain = 1 - (Float(n) + 0.5) / Float(fade)
        var c = 0
        while c < channels {
          last[c] *= gain
          c &+= 1
        }
        _ = core.input.write(last, frames: 1)
        n &+= 1
      }
      if core.fillsGaps.load(ordering: .relaxed) {
        let missing = Int64(bitPattern: caught &- point.time(at: core.input.written))
        var silence = min(
          Int(Double(max(missing, 0)) * point.rate / 1e9), core.input.writable &- frames)
        metrics.concealedFrames.add(UInt64(max(silence, 0)))
        last.update(repeating: 0, count: channels)
        while silence > 0 {
          silence &-= 1
          _ = core.input.write(last, frames: 1)
        }
      }
    }
    var n = 0
    while n < min(fade, frames) {
      let gain = (Float(n) + 0.5) / Float(fade)
      var c = 0
      while c < channels {
        scratch[n &* channels &+ c] *= gain
        c &+= 1
      }
      n &+= 1
    }
  }

  /// The hops that should have been: they never reach the denoiser, whose times would else look as
  /// if there had been none ("coordinated omission").
  private func countMissed(until caught: UInt64) {
    let gap = Int64(bitPattern: caught &- point.time(at: core.input.written))
    let interval = UInt64(Double(core.hop) / Double(core.rate) * 1e9)
    guard gap > 0, UInt64(gap) >= interval else { return }
    metrics.uncapturedHops.add(UInt64(gap) / interval)
    metrics.lateness.recordStalled(UInt64(gap), expectedInterval: interval)
  }

  private func recover(
    _ stream: PCMStream, _ result: PCMResult, _ trouble: inout DeviceTrouble
  ) -> Outcome? {
    if result == .xrun { wasMissed = true }
    switch trouble.judge(result) {
    case .none: return nil
    case .restart: return restart(stream)
    case .lost(let number): return .lost(number)
    }
  }

  private func restart(_ stream: PCMStream) -> Outcome? {
    if case .lost(let number) = stream.prepare() { return .lost(number) }
    if case .lost(let number) = stream.start() { return .lost(number) }
    return nil
  }

  private func nanoseconds(_ frames: Int) -> UInt64 {
    UInt64(Double(max(frames, 0)) * 1e9 / point.rate)
  }

  private func note(_ kind: Event.Kind, _ value: Int64 = 0) {
    _ = events.write(Event(kind, .capture, value))
  }
}
