import AllocationCounter
import Glibc
import ModelSupport
import Realtime
import Testing
import VirtualCardSupport

@testable import Pipeline

/// The whole path on a card that is paced by the clock. One after the other: they share ALSA's
/// configuration, and two cores.
@Suite(.serialized, .takes) struct LiveTests {
  @Test(arguments: [16_000, 48_000])
  func theLatencyIsTheTargetAndWhatIsReported(rate: Int) throws {
    let rig = try Rig(rate: rate)
    defer { rig.pipeline.stop() }
    #expect(rig.wait { rig.runs })
    usleep(1_000_000)
    let delay = try #require(rig.delay())
    #expect(abs(delay - rig.target) < 1)
    #expect(abs(delay - rig.reported) < 1)
    // A window, the deadline and three periods of 8 ms: no more is needed.
    #expect(rig.target < 70)
    let status = rig.pipeline.status()
    #expect(status.rate == rate)
    #expect(status.capture.stream?.period == rate / 125)
    if geteuid() == 0 { #expect(status.threads.allSatisfy { $0.policy == "FIFO" }) }
    #expect(status.threads.map(\.priority).sorted() == [70, 71, 71] || geteuid() != 0)
  }

  /// A model of 16 ms delay saves the rest of the window, and one of 8 ms shorter hops and periods
  /// besides: the deadline and three of four milliseconds each.
  @Test(arguments: [(16_000, TinyModel.half, 16.0), (48_000, TinyModel.quarter, 40.0)])
  func aLowDelayIsHeardEarlier(rate: Int, model: String, saved: Double) throws {
    let plain = try Rig(rate: rate)
    #expect(plain.wait { plain.runs })
    let usual = plain.target
    plain.pipeline.stop()
    let rig = try Rig(rate: rate) {
      $0.denoise.model = model
      $0.denoise.bypass = false
    }
    defer { rig.pipeline.stop() }
    #expect(rig.wait { rig.runs })
    usleep(1_000_000)
    #expect(abs(rig.target - (usual - saved)) < 0.1)
    let delay = try #require(rig.delay())
    #expect(abs(delay - rig.target) < 1)
    #expect(abs(delay - rig.reported) < 1)
  }

  @Test func aTargetIsMet() throws {
    let rig = try Rig { $0.latency.target = 120 }
    defer { rig.pipeline.stop() }
    #expect(rig.wait { rig.runs })
    usleep(1_000_000)
    #expect(rig.target == 120)
    #expect(abs(try #require(rig.delay()) - 120) < 1)
  }

  @Test func xrunsOnBothSidesNeitherAddLatencyNorAllocate() throws {
    let rig = try Rig { $0.denoise.model = TinyModel.listening }
    defer { rig.pipeline.stop() }
    #expect(rig.wait { rig.runs })
    usleep(1_000_000)
    let target = rig.target
    hush_watch("hush-capture hush-denoise hush-output")
    defer { hush_watch("") }
    for round in 0..<6 {
      rig.card.xrun(round.isMultiple(of: 2) ? .capture : .playback)
      usleep(250_000)
    }
    usleep(1_000_000)
    #expect(rig.pipeline.metrics.capture.xruns.value == 3)
    #expect(rig.pipeline.metrics.output.xruns.value == 3)
    #expect(abs(try #require(rig.delay()) - target) < 1)
    #expect(abs(rig.reported - target) < 1)
    if hush_counts() == 1 {
      #expect(hush_watched_allocations() == 0)
      #expect(hush_watched_locks() == 0)
    }
  }

  /// Without this the test above could pass because nobody is watched.
  @Test func theWatchSees() throws {
    guard hush_counts() == 1 else { return }
    let thread = try RealtimeThread(ThreadRequest(name: "hush-sinner", priority: 0)) {
      // Here, because a thread is known by the name it has when it is first seen.
      hush_watch("hush-sinner")
      let memory = UnsafeMutablePointer<Int>.allocate(capacity: 100)
      memory.deallocate()
      var mutex = pthread_mutex_t()
      pthread_mutex_lock(&mutex)
      pthread_mutex_unlock(&mutex)
    }
    thread.join()
    #expect(hush_watched_allocations() > 0)
    #expect(hush_watched_locks() > 0)
    hush_watch("")
  }

  @Test(arguments: [60, 700])
  func aStallIsForgotten(milliseconds: Int) throws {
    let rig = try Rig()
    defer { rig.pipeline.stop() }
    #expect(rig.wait { rig.runs })
    usleep(800_000)
    let target = rig.target
    rig.card.stall(milliseconds: milliseconds)
    usleep(UInt32(milliseconds + 1200) * 1000)
    #expect(rig.runs)
    #expect(abs(try #require(rig.delay()) - target) < 1)
  }

  @Test func aCardThatGoesAndComesIsTakenUpAgain() throws {
    let rig = try Rig(shortestBackoff: 2_000_000)
    defer { rig.pipeline.stop() }
    #expect(rig.wait { rig.runs })
    usleep(600_000)
    let target = rig.target
    func descriptors() -> Int {
      var count = 0
      for number in 0..<Int32(1024) where fcntl(number, F_GETFD) >= 0 { count += 1 }
      return count
    }
    let before = descriptors()
    for _ in 0..<20 {
      rig.card.isGone = true
      #expect(
        rig.wait {
          let status = rig.pipeline.status()
          return status.capture.state == .recovering && status.output.state == .recovering
        })
      rig.card.isGone = false
      #expect(rig.wait { rig.runs })
    }
    usleep(1_000_000)
    #expect(rig.pipeline.metrics.capture.reopenings.value >= 20)
    #expect(rig.pipeline.metrics.output.reopenings.value >= 20)
    #expect(descriptors() == before)
    #expect(abs(try #require(rig.delay()) - target) < 1)
  }

  @Test func itStartsWithoutACardAndSaysSo() throws {
    let rig = try Rig { settings in
      guard case .device(var device) = settings.capture.source else { return }
      device.name = "hw:CARD=NotThere"
      settings.capture.source = .device(device)
    }
    defer { rig.pipeline.stop() }
    #expect(
      rig.wait {
        let status = rig.pipeline.status()
        return status.capture.state == .waiting && status.capture.reason != nil
          && status.output.reason != nil
      })
    let reason = rig.pipeline.status().capture.reason ?? ""
    #expect(reason.contains("hw:CARD=NotThere"))
    let rounds = rig.pipeline.rounds
    #expect(rig.wait { rig.pipeline.rounds > rounds })
  }

  @Test(arguments: [300.0, -300.0])
  func twoClocksAreBridged(ppm: Double) throws {
    // A deep buffer: here it is the clocks that are tested, and other programs want these cores.
    let rig = try Rig(capturePPM: 0, playbackPPM: ppm) { settings in
      guard case .device(var device) = settings.output.sink else { return }
      device.periods = 8
      settings.output.sink = .device(device)
    }
    defer { rig.pipeline.stop() }
    #expect(rig.wait { rig.runs })
    usleep(1_000_000)
    for _ in 0..<6 {
      usleep(1_000_000)
      #expect(abs(try #require(rig.delay()) - rig.target) < 3)
    }
    #expect(rig.pipeline.metrics.output.xruns.value == 0)
    #expect(rig.pipeline.metrics.capture.xruns.value == 0)
    // It has learned which way to go.
    #expect(rig.pipeline.metrics.driftPartsPerMillion * ppm > 0)
  }
}
