import AudioIO
import Glibc
import Hush
import ModelSupport
import Realtime
import S5
import Testing
import VirtualCardSupport

@testable import Pipeline

/// What goes from file to file, and what can be changed on the way.
@Suite(.serialized, .takes) struct FileTests {
  private func place() throws -> String {
    var name = Array("/tmp/hush-pipeline-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw POSIXFailure(number: errno) }
    return String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  struct POSIXFailure: Error { let number: Int32 }

  private func write(_ samples: [Float], _ path: String, rate: Int) throws {
    let writer = try SoundFileWriter(path: path, format: .wavFloat, rate: rate, channels: 1)
    try samples.withUnsafeBufferPointer { (space) throws(SoundFileError) in
      try writer.write(space)
    }
    try writer.finish()
  }

  private func read(_ path: String) throws -> [Float] {
    let reader = try SoundFileReader(path: path)
    var all: [Float] = []
    var block = [Float](repeating: 0, count: 4096 * reader.channels)
    while true {
      let frames = try block.withUnsafeMutableBufferPointer { (space) throws(SoundFileError) in
        try reader.read(into: space)
      }
      if frames == 0 { return all }
      all += block[..<(frames * reader.channels)]
    }
  }

  /// Why a recording stopped is told, not only that the device failed.
  @Test func aFullDiskIsTold() throws {
    let folder = try place()
    try write(Array(Rig.noise(16_000).prefix(16_000)), folder + "/in.wav", rate: 16_000)
    var settings = Settings()
    settings.capture.source = .file(path: folder + "/in.wav", paced: false, loops: true)
    settings.output.sink = .pipe(path: "/dev/full", format: .float)
    settings.denoise.model = TinyModel.path
    settings.realtime.locksMemory = false
    let pipeline = try Pipeline(settings)
    try pipeline.start()
    defer { pipeline.stop() }
    let end = MonotonicClock.now() + 10_000_000_000
    // At first it waits for the input.
    var reasons: Set<String> = []
    while !reasons.contains(where: { $0.contains("no space left") }), MonotonicClock.now() < end {
      if let reason = pipeline.status().output.reason { reasons.insert(reason) }
      usleep(5000)
    }
    #expect(
      reasons.contains { $0.contains("/dev/full: cannot write: no space left on device") },
      "\(reasons)")
  }

  @Test(arguments: [
    (8000, 5001, TinyModel.path), (16_000, 48_000, TinyModel.path),
    (44_100, 60_000, TinyModel.path), (16_000, 30_001, TinyModel.half),
    (44_100, 30_001, TinyModel.quarter),
  ])
  func aFileComesOutAsTheDenoiserMakesIt(rate: Int, count: Int, model: String) throws {
    let folder = try place()
    let samples = Array(Rig.noise(rate).prefix(count))
    try write(samples, folder + "/in.wav", rate: rate)
    var settings = Settings()
    settings.capture.source = .file(path: folder + "/in.wav", paced: false, loops: false)
    settings.output.sink = .file(
      path: folder + "/out.wav", format: "float", rotation: Settings.Rotation())
    settings.denoise.model = model
    settings.realtime.locksMemory = false
    let pipeline = try Pipeline(settings)
    try pipeline.start()
    let end = MonotonicClock.now() + 10_000_000_000
    while !pipeline.status().isFinished, MonotonicClock.now() < end { usleep(5000) }
    #expect(pipeline.status().isFinished)
    pipeline.stop()
    let denoiser = try Denoiser(model: try Model(path: model), rate: rate, channels: 1)
    let silence = [Float](repeating: 0, count: denoiser.latency)
    let expected = Array(denoiser.process(samples + silence).dropFirst(denoiser.latency))
    let got = try read(folder + "/out.wav")
    #expect(got.count == count)
    #expect(got == expected)
    #expect(pipeline.metrics.deadlineMisses.value == 0)
    #expect(pipeline.status().capture.state == .stopped)
  }

  @Test func aMissingFileIsToldAtOnce() {
    var settings = Settings()
    settings.capture.source = .file(path: "/nowhere/x.wav", paced: true, loops: false)
    #expect {
      _ = try Pipeline(settings)
    } throws: { error in
      (error as? PipelineError)?.kind == .noInput
        && (error as? PipelineError)?.description.contains("/nowhere/x.wav") == true
    }
  }

  @Test func theModelsOfALadderHaveOneDelay() {
    var settings = Settings()
    settings.denoise.model = TinyModel.path
    settings.denoise.ladder = [TinyModel.path, TinyModel.half]
    #expect {
      _ = try Pipeline(settings)
    } throws: { error in
      (error as? PipelineError)?.description
        == "\(TinyModel.half): is 16 ms late, and the first model 32; the models of a ladder must "
        + "have one delay"
    }
  }

  @Test func aModelTooSlowGivesWayToFallbackWithoutAGap() throws {
    // The built-in model in a debug build, or on a very small board: a deadline it cannot meet.
    let rig = try Rig { settings in
      settings.denoise.model = nil
      settings.denoise.ladder = []
      settings.denoise.bypass = false
      settings.denoise.strength = 3
      settings.denoise.deadline = 0.5
    }
    defer { rig.pipeline.stop() }
    #expect(rig.wait { rig.runs })
    let metrics = rig.pipeline.metrics
    guard rig.wait(seconds: 4, until: { metrics.rung.load(ordering: .relaxed) == 1 }) else {
      // A machine that makes it in half a millisecond, as it would in a release build.
      #expect(metrics.fallbackHops.value < metrics.hops.value / 10)
      return
    }
    usleep(1_200_000)
    let (hops, fallback) = (metrics.hops.value, metrics.fallbackHops.value)
    let concealed = metrics.concealedFrames.value
    usleep(800_000)
    #expect(metrics.hops.value > hops + 50)
    #expect(metrics.fallbackHops.value - fallback >= metrics.hops.value - hops - 1)
    #expect(metrics.concealedFrames.value - concealed < 400)
    #expect(rig.events.count(.ladder) >= 1)
    #expect(abs(try #require(rig.delay()) - rig.target) < 1)
  }

  @Test func settingsChangeWhileSoundFlows() throws {
    let rig = try Rig()
    defer { rig.pipeline.stop() }
    #expect(rig.wait { rig.runs })
    usleep(500_000)
    let folder = try place()
    var settings = rig.settings
    settings.denoise.strength = 12
    settings.denoise.bypass = false
    #expect(rig.pipeline.apply(settings).isEmpty)
    #expect(rig.pipeline.controls.strength == 12)
    // TinyModel takes 20 dB off, the limit allows 12.
    #expect(
      rig.wait {
        let level = rig.pipeline.metrics.level
        let ratio = 10 * log10(level.output / max(level.input, 1e-12))
        return abs(ratio + 12) < 0.5
      })
    settings.denoise.model = nil
    settings.denoise.model = TinyModel.path
    settings.denoise.ladder = [TinyModel.path]
    #expect(rig.pipeline.apply(settings).isEmpty)
    #expect(rig.wait { rig.events.count(.modelChanged) == 1 })
    #expect(rig.pipeline.status().models.count == 2)
    settings.denoise.model = folder + "/none.safetensors"
    let refused = rig.pipeline.apply(settings)
    #expect(refused.count == 1 && refused[0].contains("none.safetensors"))
    settings.denoise.model = TinyModel.quarter
    settings.denoise.ladder = []
    let later = rig.pipeline.apply(settings)
    #expect(later.count == 1 && later[0].contains("a change of delay needs a restart"))
    settings.denoise.model = TinyModel.path
    settings.capture.channels = [0]
    #expect(rig.pipeline.apply(settings).first?.contains("capture") == true)
    settings.capture.channels = nil
    let speaker = settings.output
    settings.output.sink = .file(
      path: folder + "/take.wav", format: nil, rotation: Settings.Rotation())
    #expect(rig.pipeline.apply(settings).isEmpty)
    #expect(rig.wait { rig.runs && rig.pipeline.status().output.name.hasSuffix("take.wav") })
    usleep(500_000)
    settings.output = speaker
    #expect(rig.pipeline.apply(settings).isEmpty)
    #expect(rig.wait { rig.runs && rig.pipeline.status().output.stream != nil })
    let take = try read(folder + "/take.wav")
    #expect(take.count > rig.rate / 3 && take.count < rig.rate * 2)
    #expect(take.contains { abs($0) > 0.01 })
    usleep(600_000)
    #expect(rig.pipeline.metrics.capture.xruns.value == 0)
    #expect(abs(rig.reported - rig.target) < 1)
  }

  @Test func theEndFadesOut() throws {
    let rig = try Rig()
    #expect(rig.wait { rig.runs })
    usleep(600_000)
    rig.pipeline.stop()
    let played = rig.card.heard()
    let last = played.lastIndex { abs($0) > 1e-4 } ?? 0
    try #require(last > rig.rate / 2)
    // The last 15 ms grow ever quieter; noise that is cut off would not.
    func power(_ range: Range<Int>) -> Float {
      played[range].reduce(0) { $0 + $1 * $1 } / Float(range.count)
    }
    let piece = rig.rate / 200
    let powers = (1...3).map { power(last - $0 * piece..<last - ($0 - 1) * piece) }
    #expect(powers[0] < powers[1] && powers[1] < powers[2])
    #expect(powers[0] < 0.1 * power(last - 12 * piece..<last - 8 * piece))
    #expect(rig.pipeline.status().output.state == .stopped)
  }
}
