import AudioIO
import Glibc
import Realtime
import Synchronization

/// A playback device and what it needs beside it.
final class Player: @unchecked Sendable {
  let stream: PCMStream
  /// Where two clocks meet, or two rates; nil: neither.
  let resampler: DriftResampler?
  /// Output frames for each captured frame, by the devices' nominal rates.
  let ratio: Double
  /// What the latency is to be, in nanoseconds.
  let target: Double
  /// Whether the resampler follows the clocks.
  let steers: Bool
  /// Whether the latency is held; not where the source waits for the output.
  let isHeld: Bool

  init(
    stream: PCMStream, resampler: DriftResampler?, ratio: Double, target: Double, steers: Bool,
    isHeld: Bool
  ) {
    self.stream = stream
    self.resampler = resampler
    self.ratio = ratio
    self.target = target
    self.steers = steers
    self.isHeld = isHeld
  }
}

/// The output thread: keeps the device's buffer full, whatever the denoiser does, and the latency
/// what it is to be.
final class PlaybackLoop: @unchecked Sendable {
  let berth: Berth<Player>
  private let core: Core
  private let controls: Controls
  private let metrics: Metrics
  private let events: RecordRing<Event>
  private let splicer: Splicer
  private let reader: HopReader
  private let isRunning = Atomic(false)
  private let isSilent = Atomic(false)
  private let isPlayed = Atomic(false)

  /// Output frames of a wake-up.
  private let scratch: UnsafeMutablePointer<Float>
  private let capacity: Int
  /// Captured frames on their way into the resampler.
  private let feed: UnsafeMutablePointer<Float>
  private let feedCapacity: Int
  private var feedStart = 0
  private var feedEnd = 0

  private var keeper = LatencyKeeper(target: 0, isSteered: false)
  private var controller = DriftController()
  private var clock = StreamClock(rate: 48_000)
  private var written: UInt64 = 0
  private var isBroken = true
  private var correction = 0.0
  private var lastSteered: UInt64 = 0
  private var wasDry = true
  private var hasSounded = false
  /// 1 while all is heard; falls to 0 at the end of all sound.
  private var endGain: Float = 1
  private var quietFrames = 0

  /// Seconds over which the end of all sound fades.
  static let endFade = 0.03
  /// Frames that are fed to the resampler at once, at most.
  static let feedMost = 512
  /// Output frames that one wake-up may ask for.
  static let most = 1 << 16

  init(
    core: Core, berth: Berth<Player>, controls: Controls, metrics: Metrics,
    events: RecordRing<Event>
  ) {
    self.core = core
    self.berth = berth
    self.controls = controls
    self.metrics = metrics
    self.events = events
    reader = HopReader(core.output, rate: core.rate)
    splicer = Splicer(reader, fade: core.hop * core.pace)
    capacity = Self.most
    scratch = .allocate(capacity: capacity * core.channels)
    scratch.initialize(repeating: 0, count: capacity * core.channels)
    feedCapacity = min(core.hop, Self.feedMost)
    feed = .allocate(capacity: feedCapacity * core.channels)
    feed.initialize(repeating: 0, count: feedCapacity * core.channels)
  }

  deinit {
    scratch.deallocate()
    feed.deallocate()
  }

  /// Whether sound goes out.
  var flows: Bool { isRunning.load(ordering: .relaxed) }

  /// Whether the end of all sound has been heard.
  var hasEnded: Bool { isSilent.load(ordering: .acquiring) }

  /// Whether all of a source that has ended has been heard.
  var hasPlayedAll: Bool { isPlayed.load(ordering: .acquiring) }

  /// The thread's life.
  func run() {
    while let player = berth.take() {
      // What gathered while nobody listened is stale.
      if !core.isLossless { reader.flush() }
      core.isHeard.store(true, ordering: .relaxed)
      let outcome = player._withUnsafeGuaranteedRef { serve($0) }
      core.isHeard.store(false, ordering: .relaxed)
      isRunning.store(false, ordering: .relaxed)
      berth.giveBack(outcome)
    }
  }

  private func serve(_ player: Player) -> Outcome {
    let stream = player.stream
    clock = StreamClock(rate: Double(stream.rate))
    var wakes = WakeMeter(metrics.output.lateness, period: stream.period, rate: stream.rate)
    keeper = LatencyKeeper(target: player.target, isSteered: player.steers)
    controller.reset()
    correction = 0
    player.resampler?.reset()
    (feedStart, feedEnd) = (0, 0)
    metrics.targetLatency.store(UInt64(player.target), ordering: .relaxed)
    if let failure = restart(stream) { return failure }
    var trouble = DeviceTrouble(.output, metrics, events)
    while !berth.isWanted {
      switch stream.wait(milliseconds: 100) {
      case .frames: trouble.woke()
      case .timeout:
        if let failure = act(on: trouble.timedOut(), stream) { return failure }
        continue
      case let result:
        if result == .xrun { wakes.overslept(at: MonotonicClock.now()) }
        if let failure = act(on: trouble.judge(result), stream) { return failure }
        continue
      }
      let position = stream.position()
      var record = TraceRecord()
      record.begin = MonotonicClock.now()
      // Whole periods: one frame more would be missing at the next period's end, and the device
      // wakes nobody for less than a period.
      let whole = position.available / stream.period * stream.period
      let frames = min(whole, capacity)
      guard frames > 0 else {
        // A plug-in that calls too early: no thread of this priority may spin until it is time.
        MonotonicClock.sleep(until: MonotonicClock.now() &+ 500_000)
        continue
      }
      record.ready = wakes.woke(at: record.begin, position)
      let heard = written &- UInt64(max(position.delay, 0))
      if isBroken {
        clock.reset(position: heard, time: position.time)
        begin()
        isBroken = false
      } else {
        clock.update(position: heard, time: position.time)
      }
      if player.isHeld { keepLatency(player, now: position.time) }
      metrics.queued.record(
        UInt64(
          Double(max(position.delay, 0)) / Double(stream.rate) * 1e9
            + Double(reader.available) / Double(core.rate) * 1e9))
      if let resampler = player.resampler {
        resample(resampler, ratio: player.ratio * (1 + correction), frames: frames)
      } else {
        fill(scratch, frames)
      }
      if core.isDrained.load(ordering: .acquiring), reader.available == 0 {
        quietFrames &+= frames
        if quietFrames > stream.buffer &+ frames { isPlayed.store(true, ordering: .releasing) }
      }
      if controls.isEnding { fadeEnd(frames, rate: stream.rate, buffer: stream.buffer) }
      record.due = clock.time(at: written)
      record.sequence = written
      switch stream.write(scratch, frames: frames) {
      case .frames(let count):
        record.end = MonotonicClock.now()
        record.frames = UInt32(truncatingIfNeeded: count)
        metrics.trace.output.write(record)
        written &+= UInt64(count)
        trouble.progressed()
        metrics.output.frames.add(UInt64(count))
        isRunning.store(true, ordering: .relaxed)
      case .timeout: break
      case let result:
        if let failure = act(on: trouble.judge(result), stream) { return failure }
      }
    }
    stream.drop()
    return .returned
  }

  /// Measures the latency of the next frame, and has it corrected.
  private func keepLatency(_ player: Player, now: UInt64) {
    guard let captured = reader.captured else { return }
    var latency = Double(Int64(bitPattern: clock.time(at: written) &- captured))
    latency += Double(splicer.held) * 1e9 / Double(core.rate)
    if let resampler = player.resampler {
      // What has been taken from the reader, and not come out of the resampler, is heard first.
      let inside = Double(feedEnd &- feedStart) + resampler.delay
      latency += inside / Double(core.rate) * 1e9
    }
    let frame = 1e9 / Double(core.rate)
    switch keeper.decide(latency: latency, time: now) {
    case .none: break
    case .drop(let excess):
      controller.restart()
      let frames = splicer.drop(Int((excess / frame).rounded()))
      if frames > 0 {
        metrics.droppedFrames.add(UInt64(frames))
        note(.dropped, Int64(frames))
      }
      latency -= Double(frames) * frame
    case .hold(let lack):
      let frames = Int((lack / frame).rounded())
      splicer.hold(frames)
      latency += Double(frames) * frame
    }
    if latency > 0 {
      metrics.latency.record(UInt64(latency))
      let error = keeper.hasSettled ? keeper.error : latency - player.target
      metrics.currentLatency.store(UInt64(max(player.target + error, 0)), ordering: .relaxed)
    }
    if player.steers, keeper.hasSettled {
      let interval = lastSteered == 0 ? 0 : Double(now &- lastSteered) / 1e9
      lastSteered = now
      if interval > 0, interval < 1 {
        let error = (latency - player.target) / 1e9
        correction = controller.update(error: error, interval: interval) - 1
        metrics.driftPartsPerMillion = controller.learned
      }
    }
  }

  /// Frames at the captured rate.
  private func fill(_ target: UnsafeMutablePointer<Float>, _ frames: Int) {
    let concealed = splicer.fetch(into: target, frames: frames)
    if concealed < frames { hasSounded = true }
    guard concealed > 0 else {
      wasDry = false
      return
    }
    // Silence before the first sound, or while there is no microphone, hides nothing.
    if hasSounded, core.flows.load(ordering: .relaxed) {
      metrics.concealedFrames.add(UInt64(concealed))
      if !wasDry { note(.concealed, Int64(concealed)) }
    }
    wasDry = splicer.isDry
    begin()
  }

  /// The flow was broken: the latency is measured anew; what is known of the clocks stays.
  private func begin() {
    keeper.restart()
    controller.restart()
    lastSteered = 0
  }

  private func resample(_ resampler: DriftResampler, ratio: Double, frames: Int) {
    let channels = core.channels
    var produced = 0
    while produced < frames {
      if feedStart == feedEnd {
        fill(feed, feedCapacity)
        (feedStart, feedEnd) = (0, feedCapacity)
      }
      let step = resampler.process(
        UnsafePointer(feed + feedStart &* channels), frames: feedEnd &- feedStart,
        to: scratch + produced &* channels, capacity: frames &- produced, ratio: ratio)
      feedStart &+= step.consumed
      produced &+= step.produced
      // Cannot happen; an endless loop here would be worse than silence.
      if step.consumed == 0, step.produced == 0 {
        (scratch + produced &* channels).update(
          repeating: 0, count: (frames &- produced) &* channels)
        return
      }
    }
  }

  private func fadeEnd(_ frames: Int, rate: Int, buffer: Int) {
    let step = 1 / Float(Double(rate) * Self.endFade)
    let channels = core.channels
    var n = 0
    while n < frames {
      endGain = max(endGain - step, 0)
      var c = 0
      while c < channels {
        scratch[n &* channels &+ c] *= endGain
        c &+= 1
      }
      n &+= 1
    }
    if endGain == 0 {
      quietFrames &+= frames
      // Heard when a whole buffer of silence is behind it.
      if quietFrames > buffer &+ frames { isSilent.store(true, ordering: .releasing) }
    }
  }

  private func act(on verdict: DeviceTrouble.Verdict, _ stream: PCMStream) -> Outcome? {
    switch verdict {
    case .none: nil
    case .restart: restart(stream)
    case .lost(let number): .lost(number)
    }
  }

  /// Starts the device anew behind a buffer of silence.
  private func restart(_ stream: PCMStream) -> Outcome? {
    if case .lost(let number) = stream.prepare() { return .lost(number) }
    written = 0
    isBroken = true
    scratch.update(repeating: 0, count: min(stream.buffer, capacity) &* core.channels)
    if case .frames(let count) = stream.write(scratch, frames: min(stream.buffer, capacity)) {
      written = UInt64(count)
    }
    if case .lost(let number) = stream.start() { return .lost(number) }
    return nil
  }

  private func note(_ kind: Event.Kind, _ value: Int64 = 0) {
    _ = events.write(Event(kind, .output, value))
  }
}
