import Glibc
import Hush
import Realtime
import S5
import Synchronization

/// The denoise thread: a hop at a time from ring to ring, each by its deadline.
final class DenoiseLoop: @unchecked Sendable {
  private let core: Core
  private let controls: Controls
  private let metrics: Metrics
  private let events: RecordRing<Event>
  /// Banks on their way in, and on their way out.
  let fresh = Mailbox<DenoiserBank>()
  let retired = Mailbox<DenoiserBank>()
  /// Whether the thread is to end.
  private let isOver = Atomic(false)

  private let deadline: UInt64
  private let input: UnsafeMutablePointer<Float>
  private let second: UnsafeMutablePointer<Float>
  private let spare: UnsafeMutablePointer<Float>
  private let ramp: UnsafeMutablePointer<Float>

  private var bank: Unmanaged<DenoiserBank>
  private var current: Unmanaged<Denoiser>
  /// What is to be heard next, while it warms up.
  private var incoming: Unmanaged<Denoiser>?
  private var incomingBank: Unmanaged<DenoiserBank>?
  /// Hops until it is heard.
  private var warmth = 0
  private var ladder: Ladder
  private var sequence: UInt64 = 0
  private var resets: UInt32 = 0
  private var levels = Metrics.Levels()
  private var gain: Float = 1
  /// When the last hop was done, and how much processor time the thread had used by then.
  private var lastEnd: UInt64 = 0
  private var lastCPU: UInt64 = 0

  /// Kept of the time to the deadline for what comes after the network, in nanoseconds.
  static let reserve: UInt64 = 250_000
  /// Hops that a model hears before it is heard, so that its states and means are warm: half a
  /// second.
  private let warming: Int
  /// The same in an emergency: its overlapping windows have filled.
  private let urgentWarming: Int
  /// How much of the way to a hop's level the meters go in it.
  private let meterShare: Float

  /// - Parameters:
  ///   - bank: retained; as every bank it is released by who takes it out of `retired`, or here.
  ///   - deadline: nanoseconds from the arrival of a hop's last frame.
  init(
    core: Core, bank: Unmanaged<DenoiserBank>, deadline: UInt64, controls: Controls,
    metrics: Metrics, events: RecordRing<Event>
  ) {
    self.core = core
    self.bank = bank
    self.deadline = deadline
    self.controls = controls
    self.metrics = metrics
    self.events = events
    current = bank._withUnsafeGuaranteedRef { $0[0] }
    ladder = Ladder(models: bank._withUnsafeGuaranteedRef { $0.count }, pace: core.pace)
    warming = 125 * core.pace / 2
    urgentWarming = bank._withUnsafeGuaranteedRef { $0.windowHops }
    meterShare = 1 - pow(0.92, 1 / Float(core.pace))
    let count = core.hop * core.channels
    input = .allocate(capacity: count)
    input.initialize(repeating: 0, count: count)
    second = .allocate(capacity: count)
    second.initialize(repeating: 0, count: count)
    spare = .allocate(capacity: count)
    spare.initialize(repeating: 0, count: count)
    ramp = risingCosine(core.hop)
  }

  deinit {
    // The threads are gone: whoever is still retained is released here.
    bank.release()
    incomingBank?.release()
    fresh.take()?.release()
    retired.take()?.release()
    input.deallocate()
    second.deallocate()
    spare.deallocate()
    ramp.deallocate()
  }

  /// Ends the thread's life, soon.
  func end() {
    isOver.store(true, ordering: .releasing)
    core.arrived.signal()
  }

  /// The thread's life.
  func run() {
    while !isOver.load(ordering: .acquiring) {
      while advance() {}
      // A source that need not be waited for may be held up by the output: look again soon.
      let patience: UInt64 = core.isLossless ? 1_000_000 : 100_000_000
      _ = core.arrived.wait(until: MonotonicClock.now() &+ patience)
    }
  }

  /// One hop, if one is there and, where nothing may be lost, there is room for it.
  private func advance() -> Bool {
    let hop = core.hop
    let position = core.input.consumed
    var frames = hop
    if core.input.readable < hop {
      let total = core.total.load(ordering: .acquiring)
      // Read again: the last frames may have come between the two looks.
      frames = core.input.readable
      guard total >= 0, frames < hop, !core.isDrained.load(ordering: .relaxed) else {
        return frames >= hop
      }
      let done = Int64(sequence) &* Int64(hop)
      if done >= total &+ Int64(core.delay) {
        core.isDrained.store(true, ordering: .releasing)
        core.finished.signal()
        return false
      }
    }
    let slot = core.output.claim()
    if slot == nil, core.isLossless { return false }
    let target = slot ?? spare
    let point = core.point.load()
    _ = core.input.read(input, frames: frames)
    if frames < hop {
      (input + frames &* core.channels).update(
        repeating: 0, count: (hop &- frames) &* core.channels)
    }
    let begin = MonotonicClock.now()
    let arrival =
      core.isLossless ? begin : min(point.arrival(of: position &+ UInt64(hop)) ?? begin, begin)
    let due = arrival &+ deadline
    metrics.lateness.record(begin &- arrival)
    let cutoff =
      core.isLossless ? Cutoff.never : Cutoff(nanoseconds: due &- min(Self.reserve, deadline / 4))
    takeFreshBank()
    let statistics = denoise(into: target, by: cutoff)
    fadeMute(target)
    let end = MonotonicClock.now()
    metrics.compute.record(end &- begin)
    metrics.hops.add(1)
    let isLate = !core.isLossless && end > due
    let cpu = MonotonicClock.thread()
    let cause =
      isLate || statistics.isFallback
      ? cause(arrival, begin, end, cpu: cpu &- lastCPU) : .unknown
    if isLate {
      metrics.deadlineMisses.add(1)
      note(.deadlineMissed, Int64((end &- due) / 1000), cause)
    }
    if statistics.isFallback {
      metrics.fallbackHops.add(1)
      if !ladder.isLast { note(.fallback, 0, cause) }
    }
    if slot != nil {
      var header = HopHeader()
      header.sequence = sequence
      header.captured =
        core.isLossless ? begin : point.time(at: position &- UInt64(core.delay))
      if statistics.isFallback { header.flags = .fallback }
      core.output.commit(header)
      if core.rings.load(ordering: .relaxed) { core.finished.signal() }
    } else if core.isHeard.load(ordering: .relaxed) {
      metrics.lostHops.add(1)
    }
    var record = TraceRecord()
    record.begin = begin
    record.end = end
    record.ready = arrival
    record.due = due
    record.sequence = sequence
    record.frames = UInt32(truncatingIfNeeded: frames)
    record.cpu = UInt32(clamping: cpu &- lastCPU)
    record.rung = UInt16(truncatingIfNeeded: ladder.rung)
    record.presence = statistics.presence
    if statistics.isFallback { record.flags.insert(.fallback) }
    if isLate { record.flags.insert(.missed) }
    metrics.trace.denoise.write(record)
    (lastEnd, lastCPU) = (end, cpu)
    sequence &+= 1
    meter(statistics)
    if !core.isLossless {
      let missed = isLate || (statistics.isFallback && !ladder.isLast)
      let share = Double(end &- begin) / Double(deadline)
      if ladder.note(missed: missed, share: share) { climb() }
    }
    return true
  }

  private func denoise(
    into target: UnsafeMutablePointer<Float>, by cutoff: Cutoff
  ) -> HopStatistics {
    let count = core.hop &* core.channels
    let source = UnsafeBufferPointer(start: input, count: count)
    var statistics = current._withUnsafeGuaranteedRef {
      settle($0, cutoff)
      $0.denoiseHop(source, into: UnsafeMutableBufferPointer(start: target, count: count))
      return $0.lastHop
    }
    guard let next = incoming else { return statistics }
    let other = next._withUnsafeGuaranteedRef {
      settle($0, cutoff)
      $0.denoiseHop(source, into: UnsafeMutableBufferPointer(start: second, count: count))
      return $0.lastHop
    }
    warmth &-= 1
    guard warmth < 0 else { return statistics }
    let channels = core.channels
    var n = 0
    while n < core.hop {
      var c = 0
      while c < channels {
        let k = n &* channels &+ c
        target[k] += (second[k] - target[k]) * ramp[n]
        c &+= 1
      }
      n &+= 1
    }
    statistics = other
    current = next
    incoming = nil
    if let newBank = incomingBank {
      _ = retired.post(bank)
      bank = newBank
      incomingBank = nil
      note(.modelChanged)
    }
    return statistics
  }

  /// Passes the settings on.
  private func settle(_ denoiser: Denoiser, _ cutoff: Cutoff) {
    let strength = controls.strength
    if denoiser.attenuationLimit != strength { denoiser.attenuationLimit = strength }
    denoiser.bypass = controls.bypass
    denoiser.cutoff = cutoff
  }

  private func takeFreshBank() {
    let asked = controls.resets
    if asked != resets {
      resets = asked
      current._withUnsafeGuaranteedRef { $0.reset() }
    }
    guard incomingBank == nil, let arrived = fresh.take() else { return }
    incomingBank = arrived
    let (first, count) = arrived._withUnsafeGuaranteedRef { ($0[0], $0.count) }
    ladder = Ladder(models: count, pace: core.pace)
    metrics.rung.store(0, ordering: .relaxed)
    bring(first, after: core.isLossless ? 0 : warming)
  }

  private func bring(_ denoiser: Unmanaged<Denoiser>, after hops: Int) {
    denoiser._withUnsafeGuaranteedRef {
      $0.reset()
      $0.fallbackOnly = false
    }
    incoming = denoiser
    warmth = hops
  }

  /// Does what the ladder has decided.
  private func climb() {
    let rung = ladder.rung
    metrics.ladderSteps.add(1)
    let wentDown = rung > metrics.rung.load(ordering: .relaxed)
    metrics.rung.store(rung, ordering: .relaxed)
    note(.ladder, Int64(rung))
    // A new bank that is still warming up is heard first.
    guard incomingBank == nil else { return }
    let isLast = ladder.isLast
    let count = bank._withUnsafeGuaranteedRef { $0.count }
    let wanted = bank._withUnsafeGuaranteedRef { $0[min(rung, count &- 1)] }
    if wanted.toOpaque() == current.toOpaque() {
      incoming = nil
      current._withUnsafeGuaranteedRef { $0.fallbackOnly = isLast }
    } else if wentDown {
      // There is no time for two networks.
      current._withUnsafeGuaranteedRef { $0.fallbackOnly = true }
      bring(wanted, after: urgentWarming)
    } else {
      bring(wanted, after: warming)
    }
  }

  private func fadeMute(_ samples: UnsafeMutablePointer<Float>) {
    let wanted: Float = controls.mute || controls.isEnding ? 0 : 1
    guard wanted != gain || wanted == 0 else { return }
    let channels = core.channels
    var n = 0
    while n < core.hop {
      let factor = gain + (wanted - gain) * ramp[n]
      var c = 0
      while c < channels {
        samples[n &* channels &+ c] *= factor
        c &+= 1
      }
      n &+= 1
    }
    gain = wanted
  }

  /// Meters move over some 100 ms.
  private func meter(_ statistics: HopStatistics) {
    let share = meterShare
    levels.input += (statistics.inputPower - levels.input) * share
    levels.output += (statistics.outputPower - levels.output) * share
    levels.gain += (statistics.meanGain - levels.gain) * share
    if let presence = statistics.presence {
      levels.presence = levels.presence.map { $0 + (presence - $0) * share } ?? presence
    } else {
      levels.presence = nil
    }
    levels.estimateSpeech(strength: controls.strength)
    if levels.speech > 0.5 { metrics.speechHops.add() }
    metrics.level = levels
  }

  /// Why a hop was not in time: what took the greater part of the time.
  private func cause(
    _ arrival: UInt64, _ begin: UInt64, _ end: UInt64, cpu: UInt64
  ) -> Event.Cause {
    if begin &- arrival > end &- begin { return lastEnd > arrival ? .backlog : .wakeup }
    return cpu < (end &- begin) / 2 ? .preempted : .compute
  }

  private func note(_ kind: Event.Kind, _ value: Int64 = 0, _ cause: Event.Cause = .unknown) {
    _ = events.write(Event(kind, .output, value, cause: cause))
  }
}
