import AudioIO
import Glibc
import Realtime
import Synchronization

/// Where a recording goes; used by one ordinary thread.
protocol HopSink: AnyObject {
  /// - Parameter samples: interleaved, whole frames.
  func write(_ samples: UnsafeBufferPointer<Float>) throws(SoundFileError)
  /// Ends the recording well.
  func finish() throws(SoundFileError)
}

/// A recording on disk, in as many files as it takes.
final class FileSink: HopSink {
  private let recorder: Recorder

  init(_ recorder: Recorder) { self.recorder = recorder }

  func write(_ samples: UnsafeBufferPointer<Float>) throws(SoundFileError) {
    guard let base = samples.baseAddress else { return }
    try recorder.write(base, frames: samples.count / recorder.channels)
  }

  func finish() throws(SoundFileError) { try recorder.finish() }
}

/// The output thread of files and pipes: an ordinary one, since writing may block; the ring between
/// gives it two seconds.
final class RecorderLoop: @unchecked Sendable {
  let berth: Berth<Recording>
  private let core: Core
  private let controls: Controls
  private let metrics: Metrics
  private let reader: HopReader
  private let isRunning = Atomic(false)
  private let isSilent = Atomic(false)
  private let trouble = LastLine()
  /// Frames of the denoiser's delay that are still to be left out: of a file that is denoised, the
  /// output begins where the input does.
  private var surplus: Int
  private var frames: Int64 = 0

  /// Frames handed to the sink at once.
  static let block = 16

  init(core: Core, berth: Berth<Recording>, controls: Controls, metrics: Metrics) {
    self.core = core
    self.berth = berth
    self.controls = controls
    self.metrics = metrics
    reader = HopReader(core.output, rate: core.rate)
    surplus = core.isLossless ? core.delay : 0
  }

  var flows: Bool { isRunning.load(ordering: .relaxed) }

  /// Whether all that was to be recorded is.
  var hasEnded: Bool { isSilent.load(ordering: .acquiring) }

  /// Why the last recording ended before it was asked to; nil: it did not.
  var failure: String? { trouble.value }

  /// The thread's life.
  func run() {
    while let recording = berth.take() {
      core.rings.store(true, ordering: .relaxed)
      core.isHeard.store(true, ordering: .relaxed)
      let outcome = serve(recording.takeUnretainedValue())
      core.isHeard.store(false, ordering: .relaxed)
      core.rings.store(false, ordering: .relaxed)
      isRunning.store(false, ordering: .relaxed)
      berth.giveBack(outcome)
    }
  }

  private func serve(_ recording: Recording) -> Outcome {
    trouble.value = nil
    let channels = core.channels
    let room = core.hop * Self.block
    let space = UnsafeMutablePointer<Float>.allocate(capacity: room * channels)
    defer { space.deallocate() }
    if !core.isLossless { reader.flush() }
    do {
      while true {
        // Asked for at the end: what is there is still written.
        let isLast = berth.isWanted
        let isDrained = core.isDrained.load(ordering: .acquiring)
        if recording.isLive, reader.available > recording.backlog {
          let excess = reader.available - recording.backlog / 2
          metrics.droppedFrames.add(UInt64(reader.skip(excess)))
        }
        while true {
          if surplus > 0 { surplus -= reader.skip(surplus) }
          var count = reader.read(into: space, frames: room)
          let total = core.total.load(ordering: .acquiring)
          if core.isLossless, total >= 0 { count = min(count, Int(max(total - frames, 0))) }
          guard count > 0 else { break }
          var record = TraceRecord()
          record.begin = MonotonicClock.now()
          record.ready = record.begin
          record.sequence = UInt64(frames)
          record.frames = UInt32(truncatingIfNeeded: count)
          frames += Int64(count)
          try recording.sink.write(UnsafeBufferPointer(start: space, count: count * channels))
          record.end = MonotonicClock.now()
          metrics.trace.output.write(record)
          metrics.output.frames.add(UInt64(count))
          isRunning.store(true, ordering: .relaxed)
          if reader.available == 0 { break }
        }
        if isLast || isDrained {
          try recording.sink.finish()
          if isDrained { isSilent.store(true, ordering: .releasing) }
          return .returned
        }
        _ = core.finished.wait(until: MonotonicClock.now() &+ 100_000_000)
      }
    } catch {
      trouble.value = error.description
      try? recording.sink.finish()
      return .lost(error.kind == .brokenPipe ? EPIPE : EIO)
    }
  }
}

/// A sink and how it is fed.
final class Recording: @unchecked Sendable {
  let sink: any HopSink
  /// Whether someone listens at the other end, to whom late sound is no use.
  let isLive: Bool
  /// Frames that may queue up for a live listener.
  let backlog: Int

  init(_ sink: any HopSink, isLive: Bool, backlog: Int) {
    self.sink = sink
    self.isLive = isLive
    self.backlog = backlog
  }
}
