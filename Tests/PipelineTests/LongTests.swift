import AllocationCounter
import Glibc
import ModelSupport
import Realtime
import Testing
import VirtualCardSupport

@testable import Pipeline

/// Those that take minutes: `HUSH_LONG_TESTS` names the ones to run ("cycles counts drift").
@Suite(.serialized) struct LongTests {
  static func isWanted(_ name: String) -> Bool {
    getenv("HUSH_LONG_TESTS").map { String(cString: $0).contains(name) } ?? false
  }

  static func number(_ name: String, or usual: Double) -> Double {
    getenv(name).flatMap { Double(String(cString: $0)) } ?? usual
  }

  /// kB of memory that this process has at present.
  private static func resident() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    fgets(&line, 128, file)
    let words = String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      .split(separator: " ")
    let present = words.count > 1 ? Int(words[1]) ?? 0 : 0
    return present * sysconf(Int32(_SC_PAGESIZE)) / 1024
  }

  private static func descriptors() -> Int {
    (0..<Int32(1024)).count { fcntl($0, F_GETFD) >= 0 }
  }

  private static func threads() -> Int {
    guard let folder = opendir("/proc/self/task") else { return 0 }
    defer { closedir(folder) }
    var count = -2
    while readdir(folder) != nil { count += 1 }
    return count
  }

  @Test(.enabled(if: isWanted("cycles"))) func aThousandTimesUnpluggedAndBack() throws {
    let rounds = Int(Self.number("HUSH_CYCLES", or: 1000))
    let rig = try Rig(shortestBackoff: 2_000_000)
    defer { rig.pipeline.stop() }
    #expect(rig.wait { rig.runs })
    usleep(600_000)
    let target = rig.target
    var figures: [(round: Int, resident: Int, heap: Int, descriptors: Int, threads: Int)] = []
    for round in 0...rounds {
      if round.isMultiple(of: max(rounds / 10, 1)) {
        figures.append(
          (round, Self.resident(), hush_heap_bytes(), Self.descriptors(), Self.threads()))
        print("round \(round): \(figures[figures.count - 1])")
      }
      rig.card.isGone = true
      try #require(
        rig.wait {
          let status = rig.pipeline.status()
          return status.capture.state == .recovering && status.output.state == .recovering
        }, "round \(round): \(rig.pipeline.status())")
      rig.card.isGone = false
      try #require(rig.wait { rig.runs }, "round \(round): \(rig.pipeline.status())")
    }
    usleep(1_000_000)
    #expect(rig.pipeline.metrics.capture.reopenings.value >= rounds)
    #expect(rig.pipeline.metrics.output.reopenings.value >= rounds)
    #expect(abs(try #require(rig.delay()) - target) < 1)
    // From the second reading on: the first rounds fill the allocator's and alsa-lib's caches.
    let (early, late) = (figures[1], figures[figures.count - 1])
    #expect(late.descriptors == early.descriptors)
    #expect(late.threads <= early.threads)
    // What the program holds must not grow. The test library itself keeps 184 bytes of every error
    // that is thrown, one or two a round; a device that was left behind would be thousands.
    #expect(late.heap - early.heap < 450 * rounds, "\(figures)")
    #expect(late.resident - early.resident < 1024, "\(figures)")
  }

  @Test(.enabled(if: isWanted("counts"))) func aMinuteOfXrunsAllocatesNothingAndLocksNothing()
    throws
  {
    guard hush_counts() == 1 else { return }
    let seconds = Int(Self.number("HUSH_SECONDS", or: 60))
    let rig = try Rig { settings in
      #if !DEBUG
        // The one built in, which a debug build is too slow for.
        settings.denoise.model = nil
      #endif
      settings.denoise.bypass = false
    }
    defer { rig.pipeline.stop() }
    #expect(rig.wait { rig.runs })
    usleep(1_000_000)
    let hops = rig.pipeline.metrics.hops.value
    hush_watch("hush-capture hush-denoise hush-output")
    defer { hush_watch("") }
    for second in 0..<seconds {
      rig.card.xrun(second.isMultiple(of: 2) ? .capture : .playback)
      usleep(1_000_000)
    }
    let metrics = rig.pipeline.metrics
    print(
      "\(metrics.hops.value - hops) hops, \(metrics.capture.xruns.value) and",
      "\(metrics.output.xruns.value) xruns, \(metrics.deadlineMisses.value) late,",
      "\(metrics.fallbackHops.value) fallback, compute p99",
      "\(metrics.compute.snapshot().percentile(99) / 1000) us:",
      "\(hush_watched_allocations()) allocations, \(hush_watched_locks()) locks")
    #expect(hush_watched_allocations() == 0)
    #expect(hush_watched_locks() == 0)
    #expect(metrics.capture.xruns.value >= UInt64(seconds / 2))
    #expect(metrics.output.xruns.value >= UInt64(seconds / 2))
    #expect(metrics.hops.value - hops > UInt64(seconds * 100))
    usleep(300_000)
    #expect(abs(rig.reported - rig.target) < 1)
  }

  @Test(.enabled(if: isWanted("drift")), arguments: [300.0, -300.0])
  func twoClocksForTenMinutes(ppm: Double) throws {
    let seconds = Int(Self.number("HUSH_DRIFT_SECONDS", or: 600))
    // A tone, by which the pitch is measured, in noise, by which the delay is.
    let pitch = 1000.0
    let sound = zip(0..., Rig.noise(16_000)).map { n, noise in
      noise / 3 + 0.3 * Float(sin(2 * .pi * pitch * Double(n) / 16_000))
    }
    let rig = try Rig(playbackPPM: ppm, sound: sound) { settings in
      guard case .device(var device) = settings.output.sink else { return }
      device.periods = 6
      settings.output.sink = .device(device)
    }
    defer { rig.pipeline.stop() }
    #expect(rig.wait { rig.runs })
    let begun = rig.card.frame(at: VirtualCard.now(), .playback)
    let meter = DelayMeter(rig.card)
    let metrics = rig.pipeline.metrics
    var delays: [(time: Int, off: Double, told: Double, learned: Double)] = []
    for second in 1...seconds {
      usleep(1_000_000)
      guard second.isMultiple(of: 10) else { continue }
      let reading = try #require(meter.reading(seconds: 0.064, near: rig.reported))
      delays.append(
        (
          second, reading.milliseconds - rig.target, reading.milliseconds - rig.reported,
          metrics.driftPartsPerMillion
        ))
    }
    let settled = delays.filter { $0.time > 60 }
    let wander = Self.pitch(of: rig, pitch, from: Int(begun) + 60 * 16_000)
    let slews = zip(wander.dropFirst(), wander).map { abs($0 - $1) }.sorted()
    let off = wander.map { abs($0) }.sorted()
    let learned = metrics.driftPartsPerMillion
    func share(_ values: [Double], _ part: Double) -> Double {
      values.isEmpty ? .nan : values[min(values.count - 1, Int(Double(values.count) * part))]
    }
    print(
      "\(ppm) ppm: learned \(learned), xruns \(metrics.capture.xruns.value) and",
      "\(metrics.output.xruns.value); off target at most",
      "\(settled.map { abs($0.off) }.max() ?? .nan) ms after a minute, told wrongly by",
      "\(settled.map { abs($0.told) }.max() ?? .nan) ms at most;",
      "pitch off by p50 \(share(off, 0.5)), p99 \(share(off, 0.99)), most \(off.last ?? .nan) ppm;",
      "slew p50 \(share(slews, 0.5)), p99 \(share(slews, 0.99)), most \(slews.last ?? .nan) ppm/s")
    for delay in delays { print("  \(delay)") }
    #expect(metrics.capture.xruns.value == 0)
    #expect(metrics.output.xruns.value == 0)
    #expect(abs(learned - ppm) < 60)
    #expect(settled.map { abs($0.off) }.sorted()[settled.count / 2] < 1)
    #expect(settled.map { abs($0.told) }.sorted()[settled.count / 2] < 1)
    // The ear notices steps from 3000 ppm on.
    #expect(share(off, 0.99) < 1000)
    #expect(share(slews, 0.99) < 300)
  }

  /// By how much a tone that was played was off, in millionths, for each second from a frame on.
  private static func pitch(of rig: Rig, _ pitch: Double, from first: Int) -> [Double] {
    let heard = rig.card.heard()
    let step = 2 * Double.pi * pitch / rig.card.trueRate(.playback)
    let length = 4000
    var phases: [Double] = []
    for start in stride(from: first, through: heard.count - 2 * length, by: length) {
      var (x, y) = (0.0, 0.0)
      for n in start..<start + length {
        let angle = step * Double(n)
        x += Double(heard[n]) * cos(angle)
        y -= Double(heard[n]) * sin(angle)
      }
      phases.append(atan2(y, x))
    }
    let seconds = Double(length) / rig.card.trueRate(.playback)
    let each = zip(phases.dropFirst(), phases).map { next, last in
      remainder(next - last, 2 * .pi) / (2 * .pi * pitch * seconds) * 1e6
    }
    return stride(from: 0, through: each.count - 4, by: 4).map {
      each[$0..<$0 + 4].reduce(0, +) / 4
    }
  }
}
