import AudioIO
import Glibc
import Hush
import Realtime
import S5
import Synchronization

/// Why a pipeline cannot be made or started at all; nothing that waiting would mend.
public struct PipelineError: Error, CustomStringConvertible, Sendable {
  public enum Kind: Sendable {
    /// A model or a sound file that is not usable.
    case badData
    /// A file that is not there, or may not be read.
    case noInput
    /// The system has no room for another thread.
    case system
  }
  public let kind: Kind
  /// One line: what, where, and the mend.
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

/// Microphone to loudspeaker: three audio threads, and a keeper for each side that opens its device
/// and opens it again.
///
/// All methods may be called from any thread but the audio ones.
public final class Pipeline: @unchecked Sendable {
  public let metrics = Metrics()
  public let controls: Controls

  private let initial: Settings
  private let present: Mutex<Settings>
  /// Held while settings change: a reload and a live control must not undo each other.
  private let changing = Mutex(())
  private let models: Mutex<[Model]>
  private let handler: @Sendable (Event) -> Void
  private let captureEvents = RecordRing<Event>(capacity: 256)
  private let denoiseEvents = RecordRing<Event>(capacity: 1024)
  private let outputEvents = RecordRing<Event>(capacity: 256)
  private let captureKeeperEvents = RecordRing<Event>(capacity: 64)
  private let outputKeeperEvents = RecordRing<Event>(capacity: 64)

  /// The first wait for a device that is away, in nanoseconds; to be set before `start`.
  var shortestBackoff = Backoff.shortest

  private struct Works {
    var core: Core?
    var capture: CaptureLoop?
    var feeder: Feeder?
    var denoise: DenoiseLoop?
    var playback: PlaybackLoop?
    var recorder: RecorderLoop?
    var captureKeeper: Keeper?
    var outputKeeper: Keeper?
    /// Those that live as long as the pipeline, in the order they are to be joined.
    var audioThreads: [RealtimeThread] = []
    var keeperThreads: [RealtimeThread] = []
    var recorderThread: RealtimeThread?
    var housekeeper: RealtimeThread?
    var memory: MemoryGrant?
    var captureStream: PCMStream?
    var captureClock: String?
    var capturePeriod: Int?
    var outputStream: PCMStream?
    var warnings: [String] = []
    var hasStarted = false
  }
  private let works = Mutex(Works())
  private let coreIsThere = Wakeup()
  private let isOver = Atomic(false)
  private let houseIsOver = Atomic(false)
  private let houseWake = Wakeup()
  private let hasFinished = Atomic(false)

  /// - Parameters:
  ///   - settings: what to do; their models are loaded here.
  ///   - handler: called for every event, on a thread of its own, soon after.
  /// - Throws: `PipelineError` for what no waiting mends: models and sound files that are not
  ///   there or not usable. A device that is not there is waited for.
  public init(
    _ settings: Settings, handler: @escaping @Sendable (Event) -> Void = { _ in }
  ) throws(PipelineError) {
    initial = settings
    present = Mutex(settings)
    models = Mutex(try ModelChoice(settings.denoise).load())
    self.handler = handler
    controls = Controls(strength: settings.denoise.strength, bypass: settings.denoise.bypass)
    if case .file(let path, _, _) = settings.capture.source {
      _ = try Self.openFile(path, settings.capture.channels)
    }
  }

  deinit { stop() }

  /// Starts the threads; returns at once, whether or not the devices are there.
  public func start() throws(PipelineError) {
    let wasStarted = works.withLock { works in
      defer { works.hasStarted = true }
      return works.hasStarted
    }
    guard !wasStarted else { return }
    if initial.realtime.locksMemory {
      let grant = ProcessMemory.lock()
      works.withLock { works in
        works.memory = grant
        if let refusal = grant.refusal { works.warnings.append(refusal) }
      }
    }
    let capture = Keeper(
      .capture, metrics: metrics, events: captureKeeperEvents,
      backoff: Backoff(shortest: shortestBackoff)
    ) {
      [unowned self] in try openCapture()
    }
    let output = Keeper(
      .output, metrics: metrics, events: outputKeeperEvents,
      backoff: Backoff(shortest: shortestBackoff)
    ) {
      [unowned self] in try openOutput()
    }
    let house = try thread("hush-house") { [unowned self] in keepHouse() }
    let captureThread = try thread("hush-mic-keeper") { capture.run() }
    let outputThread = try thread("hush-out-keeper") { output.run() }
    works.withLock { works in
      works.captureKeeper = capture
      works.outputKeeper = output
      works.keeperThreads = [captureThread, outputThread]
      works.housekeeper = house
    }
  }

  /// Changes what can be changed while sound flows: strength, bypass, models, output.
  ///
  /// - Returns: what cannot, or went wrong, a line each; the old settings stay in force there.
  public func apply(_ settings: Settings) -> [String] {
    changing.withLock { _ in take(settings) }
  }

  /// Changes some of what can be changed while sound flows, as `apply` does.
  public func change(_ edit: (inout Settings) -> Void) -> [String] {
    changing.withLock { _ in
      var settings = present.withLock { $0 }
      edit(&settings)
      return take(settings)
    }
  }

  /// What is asked for at present.
  public var settings: Settings { present.withLock { $0 } }

  private func take(_ settings: Settings) -> [String] {
    var lines: [String] = []
    let old = present.withLock { $0 }
    var accepted = settings
    controls.set(strength: settings.denoise.strength)
    controls.bypass = settings.denoise.bypass
    let modelsDiffer =
      settings.denoise.model != old.denoise.model || settings.denoise.ladder != old.denoise.ladder
      || settings.denoise.latency != old.denoise.latency
    if modelsDiffer {
      do {
        try change(models: try ModelChoice(settings.denoise).load())
      } catch {
        lines.append("\(error); the model stays as it is")
        accepted.denoise.model = old.denoise.model
        accepted.denoise.ladder = old.denoise.ladder
        accepted.denoise.latency = old.denoise.latency
      }
    }
    if settings.capture != old.capture {
      lines.append("capture: a change needs a restart of hushd")
      accepted.capture = old.capture
    }
    if settings.denoise.deadline != old.denoise.deadline {
      lines.append("denoise.deadline: a change needs a restart of hushd")
      accepted.denoise.deadline = old.denoise.deadline
    }
    if settings.realtime != old.realtime {
      lines.append("realtime: a change needs a restart of hushd")
      accepted.realtime = old.realtime
    }
    present.withLock { $0 = accepted }
    if accepted.output != old.output || accepted.latency != old.latency {
      works.withLock { $0.outputKeeper }?.replace()
    }
    return lines
  }

  /// How everything is.
  public func status() -> PipelineStatus {
    let settings = present.withLock { $0 }
    var status = PipelineStatus()
    status.models = models.withLock { $0.map(\.name) }
    status.hop = models.withLock { $0[0].frontEnd.hop * 1000 }
    status.deadline = deadlineMilliseconds(settings)
    status.capture.name = settings.capture.source.name
    status.output.name = settings.output.sink.name
    works.withLock { works in
      if let report = works.captureKeeper?.report {
        status.capture.state = report.state
        status.capture.reason = report.reason ?? works.feeder?.failure
      }
      if let report = works.outputKeeper?.report {
        status.output.state = report.state
        status.output.reason = report.reason
      }
      status.capture.stream = works.captureStream.map(Self.describe)
      status.output.stream = works.outputStream.map(Self.describe)
      status.rate = works.core?.rate
      status.channels = works.core?.channels
      status.queuedIn = works.core?.input.readable ?? 0
      status.queuedOut = works.core.map { $0.output.readable * $0.hop } ?? 0
      status.threads = works.audioThreads.map(\.grant)
      status.memory = works.memory
      status.warnings = works.warnings
    }
    status.isFinished = hasFinished.load(ordering: .acquiring)
    return status
  }

  /// Rounds of the threads that open devices: it grows as long as both live.
  var rounds: UInt64 {
    works.withLock {
      min($0.captureKeeper?.rounds.value ?? 0, $0.outputKeeper?.rounds.value ?? 0)
    }
  }

  /// Fades out, finishes files, closes devices and ends the threads; returns when all is done.
  public func stop() {
    let isFirst = !isOver.exchange(true, ordering: .acquiringAndReleasing)
    guard isFirst, works.withLock({ $0.hasStarted }) else { return }
    let (core, playback, recorder) = works.withLock { ($0.core, $0.playback, $0.recorder) }
    if let core, !hasFinished.load(ordering: .acquiring) {
      controls.isEnding = true
      // What is to be heard fades; what is to be written gets the faded hops, too.
      let limit = MonotonicClock.now() &+ 1_000_000_000
      if let playback, playback.flows {
        while !playback.hasEnded, playback.flows, MonotonicClock.now() < limit { usleep(2000) }
      } else if let recorder, recorder.flows, !core.isLossless {
        usleep(60_000)
      }
    }
    coreIsThere.signal()
    let ending = works.withLock { $0 }
    ending.outputKeeper?.end()
    ending.feeder?.end()
    ending.captureKeeper?.end()
    for thread in ending.keeperThreads { thread.join() }
    // Read again: the keepers may have made some meanwhile.
    let last = works.withLock { $0 }
    last.denoise?.end()
    last.capture?.berth.close()
    last.playback?.berth.close()
    last.recorder?.berth.close()
    for thread in last.audioThreads { thread.join() }
    last.recorderThread?.join()
    houseIsOver.store(true, ordering: .releasing)
    houseWake.signal()
    ending.housekeeper?.join()
    if let denoise = last.denoise { collectRetired(denoise) }
  }

  // MARK: Opening

  private func openCapture() throws -> Moored {
    let settings = present.withLock { $0 }
    switch settings.capture.source {
    case .device(let device): return try openMicrophone(device, settings)
    case .file(let path, let paced, let loops):
      let first: SoundFileReader
      do { first = try SoundFileReader(path: path) } catch {
        throw KeeperError(line: error.description)
      }
      return try openFeeder(
        settings, rate: first.rate, sourceChannels: first.channels, paced: paced, loops: loops
      ) { (_) throws(SoundFileError) in try SoundFileReader(path: path) }
    case .pipe(let path, let format, let rate, let channels, let paced):
      return try openFeeder(
        settings, rate: rate, sourceChannels: channels, paced: paced, loops: false
      ) { (isOver) throws(SoundFileError) in
        try PipeSource(
          path: path, rate: rate, channels: channels, format: format.raw, isOver: isOver)
      }
    }
  }

  private func openMicrophone(_ device: Settings.Device, _ settings: Settings) throws -> Moored {
    let routing = settings.capture.channels ?? [0]
    var request = PCMRequest(
      direction: .capture, device: device.name, channels: device.channels,
      format: device.format.map(\.pcm), period: device.period, periods: device.periods,
      mapped: device.mapped, routing: routing, streamChannels: routing.count)
    request.usualPeriod = models.withLock { $0[0].frontEnd.hop }
    if let known = works.withLock({ $0.core?.rate }) {
      request.rate = known
    } else if let asked = device.rate {
      request.rate = asked
    } else if case .device(let other) = settings.output.sink {
      request.rate = other.rate
      if other.rate == nil {
        request.preferredRates = RateChoice.best(
          of: (try? PCMDirectory.capabilities(other.name, .playback))?.rates ?? [])
      }
    }
    let stream: PCMStream
    do { stream = try PCMStream(request) } catch { throw KeeperError(line: error.description) }
    // Before the output can look: whether it has a clock of its own is told by the capture's.
    works.withLock { works in
      works.captureClock = stream.clockName
      works.capturePeriod = stream.period
    }
    let core = try prepareCore(
      rate: stream.rate, channels: routing.count, isLossless: false, settings)
    let loop = try captureLoop(core)
    works.withLock { $0.captureStream = stream }
    loop.berth.lay(stream)
    return Moored(
      collect: { loop.berth.collect(until: $0) }, ask: { loop.berth.ask() },
      flows: { loop.flows }, hasEnded: { false },
      close: { [self] in
        works.withLock { $0.captureStream = nil }
        stream.close()
      })
  }

  private func openFeeder(
    _ settings: Settings, rate: Int, sourceChannels: Int, paced: Bool, loops: Bool,
    open: @escaping Feeder.Opening
  ) throws -> Moored {
    let channels = settings.capture.channels ?? Array(0..<min(sourceChannels, 8))
    if let wrong = channels.first(where: { $0 >= sourceChannels }) {
      throw KeeperError(
        line: "capture.channels: there is no channel \(wrong); the source has \(sourceChannels)")
    }
    let core = try prepareCore(
      rate: rate, channels: channels.count, isLossless: !paced, settings)
    let feeder = Feeder(
      core: core, channels: channels, isPaced: paced, loops: loops, metrics: metrics,
      events: captureEvents, open: open)
    works.withLock { $0.feeder = feeder }
    let thread = try self.thread("hush-feeder") { feeder.run() }
    return Moored(
      collect: { deadline in
        if core.total.load(ordering: .acquiring) >= 0 { return .returned }
        let left = deadline &- MonotonicClock.now()
        if left < 1_000_000_000 { usleep(UInt32(left / 1000)) }
        return core.total.load(ordering: .acquiring) >= 0 ? .returned : nil
      },
      ask: { feeder.end() }, flows: { feeder.flows }, hasEnded: { true },
      close: { thread.join() })
  }

  private func openOutput() throws -> Moored {
    // The microphone's rate is the rate of everything.
    if works.withLock({ $0.core }) == nil {
      _ = coreIsThere.wait(until: MonotonicClock.now() &+ 250_000_000)
    }
    guard let core = works.withLock({ $0.core }) else {
      throw KeeperError(line: "waits for the microphone, whose rate it is to have")
    }
    let settings = present.withLock { $0 }
    switch settings.output.sink {
    case .device(let device): return try openPlayer(device, core, settings)
    case .file(let path, let format, let rotation):
      core.fillsGaps.store(true, ordering: .relaxed)
      do {
        let recorder = try Recorder(
          pattern: path, coding: format, rate: core.rate, channels: core.channels,
          rotation: Recorder.Rotation(
            seconds: rotation.seconds, bytes: rotation.megabytes.map { Int64($0 * 1e6) },
            keep: rotation.keep))
        return try openRecording(Recording(FileSink(recorder), isLive: false, backlog: 0), core)
      } catch let error as SoundFileError {
        throw KeeperError(line: error.description)
      }
    case .pipe(let path, let format):
      core.fillsGaps.store(false, ordering: .relaxed)
      do {
        let sink = PipeSink(
          descriptor: try Pipes.openForWriting(path), path: path, format: format.raw)
        let backlog = core.hop * core.pace * 32
        return try openRecording(
          Recording(sink, isLive: !core.isLossless, backlog: backlog), core)
      } catch let error as SoundFileError {
        throw KeeperError(line: error.description)
      }
    case .none:
      core.fillsGaps.store(false, ordering: .relaxed)
      return try openRecording(Recording(NullSink(), isLive: false, backlog: 0), core)
    }
  }

  private func openPlayer(
    _ device: Settings.Device, _ core: Core, _ settings: Settings
  ) throws -> Moored {
    core.fillsGaps.store(false, ordering: .relaxed)
    var request = PCMRequest(
      direction: .playback, device: device.name, rate: device.rate ?? core.rate,
      channels: device.channels, format: device.format.map(\.pcm), period: device.period,
      periods: device.periods, mapped: device.mapped, streamChannels: core.channels)
    request.usualPeriod = 0.008 / Double(core.pace)
    let stream: PCMStream
    do {
      stream = try PCMStream(request)
    } catch  where error.kind == .unsupported && device.rate == nil {
      // It may lack no more than the rate; then the resampler bridges the two.
      request.rate = nil
      request.preferredRates = RateChoice.near(core.rate)
      do { stream = try PCMStream(request) } catch { throw KeeperError(line: error.description) }
    } catch {
      throw KeeperError(line: error.description)
    }
    // Of the last microphone, where there is none at present.
    let (captureClock, capturePeriod) = works.withLock { ($0.captureClock, $0.capturePeriod) }
    let twoClocks = captureClock.map { $0 != stream.clockName } ?? false
    let steers =
      switch settings.latency.drift {
      case .on: true
      case .off: false
      case .automatic: twoClocks && !core.isLossless
      }
    do {
      let resampler =
        steers || stream.rate != core.rate
        ? try DriftResampler(
          channels: core.channels, maximumFrames: min(core.hop, PlaybackLoop.feedMost),
          quality: min(core.rate, stream.rate) < 40_000 ? .medium : .fast)
        : nil
      let plan = LatencyPlan(
        core: core, capturePeriod: capturePeriod ?? core.hop, output: stream,
        deadline: deadline(settings), wanted: settings.latency.target, resampler: resampler)
      let player = Player(
        stream: stream, resampler: resampler, ratio: Double(stream.rate) / Double(core.rate),
        target: plan.target, steers: steers, isHeld: !core.isLossless)
      let loop = try playbackLoop(core)
      works.withLock { works in
        works.outputStream = stream
        works.warnings.removeAll { $0.hasPrefix("latency.target") }
        if let warning = plan.warning { works.warnings.append(warning) }
      }
      loop.berth.lay(player)
      return Moored(
        collect: { [self] deadline in
          if loop.hasPlayedAll {
            finish()
            loop.berth.ask()
          }
          return loop.berth.collect(until: deadline)
        },
        ask: { loop.berth.ask() }, flows: { loop.flows },
        hasEnded: { [self] in hasFinished.load(ordering: .acquiring) },
        close: { [self] in
          works.withLock { $0.outputStream = nil }
          _ = player
          stream.close()
        })
    } catch {
      stream.close()
      throw error
    }
  }

  private func openRecording(_ recording: Recording, _ core: Core) throws -> Moored {
    let loop = try recorderLoop(core)
    loop.berth.lay(recording)
    return Moored(
      collect: { loop.berth.collect(until: $0) }, ask: { loop.berth.ask() },
      flows: { loop.flows },
      hasEnded: { [self] in
        if loop.hasEnded { finish() }
        return loop.hasEnded
      },
      close: { _ = recording },
      trouble: { loop.failure })
  }

  private func finish() { hasFinished.store(true, ordering: .releasing) }

  // MARK: The audio threads

  private func deadline(_ settings: Settings) -> UInt64 {
    UInt64(deadlineMilliseconds(settings) * 1e6)
  }

  /// The deadline in milliseconds.
  private func deadlineMilliseconds(_ settings: Settings) -> Double {
    settings.denoise.deadline ?? models.withLock { $0[0].frontEnd.hop * 1e3 }
  }

  /// Makes what depends on the rate, once; later devices have to fit it.
  private func prepareCore(
    rate: Int, channels: Int, isLossless: Bool, _ settings: Settings
  ) throws -> Core {
    if let core = works.withLock({ $0.core }) { return core }
    let bank: DenoiserBank
    do {
      bank = try DenoiserBank(models.withLock { $0 }, rate: rate, channels: channels)
    } catch {
      throw KeeperError(line: error.description)
    }
    let core = Core(bank, isLossless: isLossless)
    let denoise = DenoiseLoop(
      core: core, bank: Unmanaged.passRetained(bank), deadline: deadline(settings),
      controls: controls, metrics: metrics, events: denoiseEvents)
    let thread = try self.thread("hush-denoise", priority: initial.realtime.priority) {
      denoise.run()
    }
    works.withLock { works in
      works.core = core
      works.denoise = denoise
      note(thread, in: &works)
    }
    coreIsThere.signal()
    // It may be in the middle of a long wait.
    works.withLock { $0.outputKeeper }?.hurry()
    return core
  }

  private func captureLoop(_ core: Core) throws -> CaptureLoop {
    if let loop = works.withLock({ $0.capture }) { return loop }
    let loop = CaptureLoop(core: core, berth: Berth(), metrics: metrics, events: captureEvents)
    let thread = try self.thread("hush-capture", priority: raised) { loop.run() }
    works.withLock { works in
      works.capture = loop
      note(thread, in: &works)
    }
    return loop
  }

  private func playbackLoop(_ core: Core) throws -> PlaybackLoop {
    if let loop = works.withLock({ $0.playback }) { return loop }
    let loop = PlaybackLoop(
      core: core, berth: Berth(), controls: controls, metrics: metrics, events: outputEvents)
    let thread = try self.thread("hush-output", priority: raised) { loop.run() }
    works.withLock { works in
      works.playback = loop
      note(thread, in: &works)
    }
    return loop
  }

  private func recorderLoop(_ core: Core) throws -> RecorderLoop {
    if let loop = works.withLock({ $0.recorder }) { return loop }
    let loop = RecorderLoop(core: core, berth: Berth(), controls: controls, metrics: metrics)
    let thread = try self.thread("hush-recorder") { loop.run() }
    works.withLock { works in
      works.recorder = loop
      works.recorderThread = thread
    }
    return loop
  }

  /// Capture and output stand above the denoiser: they must never wait for it.
  private var raised: Int {
    initial.realtime.priority == 0 ? 0 : initial.realtime.priority + 1
  }

  private func note(_ thread: RealtimeThread, in works: inout Works) {
    works.audioThreads.append(thread)
    if let refusal = thread.grant.refusal, !works.warnings.contains(refusal) {
      works.warnings.append(refusal)
    }
  }

  private func thread(
    _ name: String, priority: Int = 0, body: @escaping @Sendable () -> Void
  ) throws(PipelineError) -> RealtimeThread {
    do {
      return try RealtimeThread(
        ThreadRequest(
          name: name, priority: priority, cpus: priority > 0 ? initial.realtime.cpus : nil),
        body: body)
    } catch {
      throw PipelineError(.system, "cannot start the thread \(name): \(error)")
    }
  }

  // MARK: Models

  private func change(models new: [Model]) throws {
    let (core, denoise) = works.withLock { ($0.core, $0.denoise) }
    guard let core, let denoise else {
      models.withLock { $0 = new }
      return
    }
    let (old, asked) = (models.withLock { $0[0].frontEnd }, new[0].frontEnd)
    guard old.hop == asked.hop, old.delay == asked.delay else {
      throw PipelineError(
        .badData,
        "denoise.model: '\(new[0].name)' is \(milliseconds(asked.delay)) ms late, and the sound "
          + "that flows \(milliseconds(old.delay)) ms; a change of delay needs a restart of hushd"
      )
    }
    let bank = try DenoiserBank(new, rate: core.rate, channels: core.channels)
    models.withLock { $0 = new }
    // One that has not been taken yet is not wanted any more.
    denoise.fresh.post(Unmanaged.passRetained(bank))?.release()
  }

  private static func openFile(
    _ path: String, _ channels: [Int]?
  ) throws(PipelineError) -> SoundFileReader {
    do {
      let reader = try SoundFileReader(path: path)
      if let wrong = channels?.first(where: { $0 >= reader.channels }) {
        throw PipelineError(
          .badData, "\(path): has \(reader.channels) channels, so there is no channel \(wrong)")
      }
      return reader
    } catch let error as SoundFileError {
      throw PipelineError(error.kind == .noInput ? .noInput : .badData, error.description)
    } catch let error as PipelineError {
      throw error
    } catch {
      throw PipelineError(.badData, "\(path): \(error)")
    }
  }

  // MARK: Housekeeping

  private func keepHouse() {
    while !houseIsOver.load(ordering: .acquiring) {
      _ = houseWake.wait(until: MonotonicClock.now() &+ 50_000_000)
      drainEvents()
      if let denoise = works.withLock({ $0.denoise }) { collectRetired(denoise) }
    }
    drainEvents()
  }

  private func drainEvents() {
    for ring in [
      captureKeeperEvents, outputKeeperEvents, captureEvents, denoiseEvents, outputEvents,
    ] {
      while let event = ring.read() { handler(event) }
    }
  }

  private func collectRetired(_ denoise: DenoiseLoop) {
    denoise.retired.take()?.release()
  }

  private static func describe(_ stream: PCMStream) -> PipelineStatus.Stream {
    PipelineStatus.Stream(
      rate: stream.rate, channels: stream.channels, format: stream.format.rawValue,
      period: stream.period, buffer: stream.buffer, isMapped: stream.isMapped,
      clock: stream.clockName)
  }
}
