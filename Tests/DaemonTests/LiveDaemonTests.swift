import AudioIO
import Foundation
import ModelSupport
import Testing
import VirtualCardSupport

/// The real program on a card that is paced by the clock, under the signals it understands. One
/// after the other: they share two cores.
@Suite(.serialized, .takes) struct LiveDaemonTests {
  @Test(.timeLimit(.minutes(3))) func aStopOfTwoSecondsIsForgotten() throws {
    let rig = try LiveRig()
    try rig.start()
    var settled: [Double] = []
    // A busy machine may spoil a round; a fault spoils all of them.
    for _ in 0..<3 where settled.allSatisfy({ $0 > 1.05 }) {
      kill(rig.daemon.id, SIGSTOP)
      usleep(2_000_000)
      kill(rig.daemon.id, SIGCONT)
      let begun = VirtualCard.now()
      // What was played before the stop would be on target, too.
      usleep(150_000)
      #expect(rig.wait(seconds: 5) { rig.isOnTarget })
      settled.append(Double(VirtualCard.now() - begun) / 1e9)
      usleep(600_000)
      #expect(rig.isOnTarget)
    }
    #expect((settled.min() ?? 9) < 1.05, "\(settled) \(rig.daemon.errors)")
    #expect(kill(rig.daemon.id, 0) == 0)
  }

  @Test(.timeLimit(.minutes(3))) func theEndIsAFadeAndNoClick() throws {
    let rig = try LiveRig()
    try rig.start()
    // The level is that of half a second.
    usleep(700_000)
    let before = rig.level()
    let begun = VirtualCard.now()
    kill(rig.daemon.id, SIGTERM)
    #expect(rig.daemon.wait() == 0)
    let took = Double(VirtualCard.now() - begun) / 1e9
    #expect(took < 2)
    let heard = rig.card.heard()
    let rate = LiveRig.rate
    let from = rig.card.frame(at: begun, .playback)
    // From just before the signal to the end, nothing is rougher than the sound itself.
    let rest = heard.dropFirst(max(0, Int(from) - rate / 20))
    #expect(before > 0.05)
    #expect(LiveRig.largestStep(rest) < LiveRig.largestStep(LiveRig.sound) * 1.02)
    let last = rest.lastIndex { abs($0) > 1e-4 } ?? heard.startIndex
    // The fade came all the way down before the card was closed.
    try #require(last > 0 && heard.count - last > rate / 500)
    let tail = heard[max(0, last - rate / 1000)...last]
    #expect((tail.map { abs($0) }.max() ?? 1) < 0.02)
    #expect(rig.lines("SIGTERM: fading out").count == 1)
    #expect(rig.daemon.errors.last?.hasSuffix("stopped") == true)
  }

  @Test(.timeLimit(.minutes(3)), arguments: ["wav", "flac"])
  func aRecordingIsFinished(kind: String) throws {
    let path = NSTemporaryDirectory() + "hushd-live-\(UUID().uuidString).\(kind)"
    defer { unlink(path) }
    let rig = try LiveRig(output: "output: {type: file, path: \(path)}")
    #expect(rig.wait { !rig.lines("output running").isEmpty }, "\(rig.daemon.errors)")
    usleep(1_000_000)
    // Never half: nothing has this name before all is in it.
    #expect(access(path, F_OK) != 0)
    kill(rig.daemon.id, SIGTERM)
    #expect(rig.daemon.wait() == 0)
    let reader = try SoundFileReader(path: path)
    #expect(reader.rate == LiveRig.rate && reader.channels == 1)
    var samples = [Float](repeating: 0, count: 1 << 20)
    let frames = try samples.withUnsafeMutableBufferPointer { (space) throws(SoundFileError) in
      try reader.read(into: space)
    }
    let captured = rig.card.account(.capture).program
    // All that the microphone gave, but for what it gave before the recorder was there.
    #expect(captured >= UInt64(frames))
    #expect(Double(captured) - Double(frames) < 0.4 * Double(LiveRig.rate))
    try #require(frames > LiveRig.rate)
    // And none is missing in between: wherever it is looked at it is as far from the start.
    let meter = rig.meter
    // As if it had been played a quarter of a second after it can have begun.
    let start = Int(rig.card.account(.capture).startFrame) + LiveRig.rate / 4
    let delays = stride(from: LiveRig.rate / 4, to: frames - LiveRig.rate / 4, by: 3000).map {
      meter.reading(of: Array(samples[$0..<$0 + 640]), playedFrom: start + $0)
    }
    for delay in delays {
      #expect((delay?.likeness ?? 0) > 0.99)
      #expect(abs((delay?.milliseconds ?? 0) - (delays[0]?.milliseconds ?? 9)) < 0.02)
    }
  }

  @Test(.timeLimit(.minutes(3))) func aReloadIsHeardAtOnceAndDisturbsNothing() throws {
    let rig = try LiveRig()
    try rig.start()
    usleep(600_000)
    let dry = rig.level()
    let begun = rig.card.frame(at: VirtualCard.now(), .playback)
    let before = rig.card.account(.playback)

    // The model takes off 20 dB.
    try rig.reload(keys: "bypass: no")
    usleep(700_000)
    #expect(abs(20 * log10(rig.level() / dry) + 20) < 1)
    try rig.reload(keys: "bypass: no, strength: 6")
    usleep(700_000)
    #expect(abs(20 * log10(rig.level() / dry) + 6) < 1)
    try rig.reload(keys: "bypass: yes, strength: 6")
    usleep(700_000)
    #expect(abs(20 * log10(rig.level() / dry)) < 1)
    #expect(rig.card.account(.playback).opens == before.opens)
    #expect(rig.card.account(.playback).starts == before.starts)
    #expect(rig.card.account(.playback).xruns == 0)
    #expect(rig.card.account(.capture).xruns == 0)
    let heard = rig.card.heard().dropFirst(Int(begun))
    #expect(LiveRig.largestStep(heard) < LiveRig.largestStep(LiveRig.sound) * 1.02)

    let path = NSTemporaryDirectory() + "hushd-live-\(UUID().uuidString).wav"
    defer { unlink(path) }
    try rig.reload(
      output: "output: {type: file, path: \(path)}", keys: "bypass: yes")
    #expect(rig.wait { rig.card.account(.playback).open == 0 })
    usleep(700_000)
    try rig.reload(keys: "bypass: yes")
    #expect(rig.wait { rig.isOnTarget }, "\(rig.daemon.errors)")
    let reader = try SoundFileReader(path: path)
    #expect((reader.frames ?? 0) > Int64(LiveRig.rate / 2))
    #expect(rig.card.account(.capture).starts == 1)
    #expect(rig.card.account(.capture).xruns == 0)
    #expect(kill(rig.daemon.id, 0) == 0)
  }

  @Test(.timeLimit(.minutes(3))) func aFileThroughTheDaemonIsWhatTheCommandMakes() throws {
    let place = NSTemporaryDirectory() + "hushd-file-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: place) }
    let writer = try SoundFileWriter(
      path: "\(place)/in.wav", format: .wav16, rate: 16_000, channels: 1)
    // No whole number of hops.
    try LiveRig.sound[..<20_011].withUnsafeBufferPointer { (block) throws(SoundFileError) in
      try writer.write(block)
    }
    try writer.finish()
    let daemon = try HushdProcess([
      "--set", "capture.type=file", "--set", "capture.path=\(place)/in.wav", "--set",
      "capture.paced=no", "--set", "output.type=file", "--set", "output.path=\(place)/a.wav",
      "--set", "output.encoding=float", "--set", "denoise.model=\(TinyModel.path)", "--set",
      "control.socket=none",
    ])
    #expect(daemon.wait() == 0, "\(daemon.errors)")
    let command = try HushdProcess(
      [
        "denoise", "--model", TinyModel.path, "--bits", "float", "\(place)/in.wav",
        "\(place)/b.wav",
      ], program: HushdProcess.folder + "/hush")
    #expect(command.wait() == 0, "\(command.errors)")
    func samples(_ name: String) throws -> [Float] {
      let reader = try SoundFileReader(path: "\(place)/\(name).wav")
      var all = [Float](repeating: 0, count: 30_000)
      let frames = try all.withUnsafeMutableBufferPointer { (space) throws(SoundFileError) in
        try reader.read(into: space)
      }
      return Array(all[..<frames])
    }
    let (ours, theirs) = (try samples("a"), try samples("b"))
    #expect(ours.count == 20_011)
    #expect(ours == theirs)
  }

  @Test(.timeLimit(.minutes(3))) func itTellsHowItIs() throws {
    let rig = try LiveRig()
    try rig.start()
    #expect(
      rig.wait {
        !rig.lines("capture running").isEmpty && !rig.lines("output running").isEmpty
      })
    usleep(500_000)
    let (status, figures) = try rig.report()
    #expect(status.contains("capture running (\(rig.card.captureName), 16000 Hz"), "\(status)")
    #expect(status.contains("output running (\(rig.card.playbackName), 16000 Hz"), "\(status)")
    let latency = try #require(
      status.split(separator: "latency ").last?.split(separator: " ").first.flatMap { Double($0) },
      "\(status)")
    #expect(abs(latency - rig.target) < 1)
    #expect(abs(try #require(rig.delay()) - latency) < 1)
    #expect(figures["target_us"] == "\(Int(rig.target * 1000))")
    #expect(figures["capture"] == "running")
    #expect(figures["rung"] == "0")
  }

  @Test(.timeLimit(.minutes(3))) func aCardThatWasUnpluggedIsTakenUpAgain() throws {
    let rig = try LiveRig()
    try rig.start()
    usleep(300_000)
    let descriptors = rig.descriptors
    rig.card.isGone = true
    #expect(
      rig.wait {
        !rig.lines("capture recovering").isEmpty && !rig.lines("output recovering").isEmpty
      })
    // It says so to who asks, and waits.
    let status = try rig.report().status
    #expect(status.contains("capture recovering") && status.contains("output recovering"))
    rig.card.isGone = false
    #expect(rig.wait { rig.isOnTarget }, "\(rig.daemon.errors)")
    #expect(try rig.report().figures["capture_reopenings"].flatMap { Int($0) } ?? 0 > 0)
    #expect(rig.descriptors == descriptors)
    #expect(kill(rig.daemon.id, 0) == 0)
    kill(rig.daemon.id, SIGTERM)
    #expect(rig.daemon.wait() == 0)
  }
}
