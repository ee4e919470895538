import AllocationCounter
import Glibc
import Realtime
import Testing
import VirtualCardSupport

@testable import AudioIO

extension ALSATests {
  @Suite struct Trouble {
    private func open(
      _ card: VirtualCard, _ direction: PCMDirection, mapped: Bool = false
    ) throws -> PCMStream {
      let name = direction == .capture ? card.captureName : card.playbackName
      // Playback with room for whoever else wants the processor.
      return try PCMStream(
        PCMRequest(
          direction: direction, device: name, periods: direction == .playback ? 30 : nil,
          mapped: mapped))
    }

    @Test(arguments: [false, true])
    func afterAnXrunTheCaptureGoesOn(_ mapped: Bool) throws {
      let sound = ALSATests.noise(4000)
      let card = VirtualCard(rate: 16_000, sound: sound)
      let pcm = try open(card, .capture, mapped: mapped)
      for round in 1...3 {
        #expect(pcm.start() == .frames(0))
        let (samples, none) = ALSATests.read(pcm, frames: 256)
        try #require(none == nil && samples.count >= 256)
        let start = Int(card.account(.capture).startFrame)
        #expect((0..<256).allSatisfy { samples[$0] == sound[(start + $0) % sound.count] })
        card.xrun(.capture)
        let (_, trouble) = ALSATests.read(pcm, frames: 100_000)
        #expect(trouble == .xrun)
        #expect(pcm.position().state == .xrun)
        #expect(card.account(.capture).xruns == round)
        #expect(pcm.prepare() == .frames(0))
        #expect(pcm.position().state == .prepared)
      }
    }

    @Test(arguments: [false, true])
    func afterAnXrunThePlaybackGoesOn(_ mapped: Bool) throws {
      let card = VirtualCard(rate: 16_000)
      let pcm = try open(card, .playback, mapped: mapped)
      for round in 1...3 {
        let sound = ALSATests.noise(800)
        #expect(ALSATests.write(pcm, sound) == .frames(800))
        // Nothing more is written: it runs dry by itself.
        while case .frames = pcm.wait(milliseconds: 2000) { usleep(1000) }
        #expect(pcm.wait(milliseconds: 2000) == .xrun)
        #expect(pcm.write(sound, frames: 10) == .xrun)
        #expect(card.account(.playback).xruns == round)
        let start = Int(card.account(.playback).startFrame)
        #expect(ALSATests.difference(card.heard().dropFirst(start), sound) == nil)
        #expect(pcm.prepare() == .frames(0))
      }
    }

    @Test func aCaptureThatIsNotReadRunsOver() throws {
      let card = VirtualCard(rate: 48_000)
      let pcm = try open(card, .capture)
      _ = pcm.start()
      usleep(250_000)
      #expect(pcm.wait(milliseconds: 1000) == .xrun)
    }

    @Test func aPreparedCaptureIsNotStartedByReading() throws {
      let card = VirtualCard(rate: 16_000)
      let pcm = try open(card, .capture)
      var block = [Float](repeating: 0, count: 256)
      #expect(pcm.read(&block, frames: 256) == .frames(0))
      #expect(pcm.position().state == .prepared)
      #expect(pcm.wait(milliseconds: 30) == .timeout)
      #expect(card.account(.capture).starts == 0)
    }

    @Test func aStandstillIsATimeout() throws {
      let card = VirtualCard(rate: 16_000)
      let pcm = try open(card, .capture)
      _ = pcm.start()
      #expect(ALSATests.read(pcm, frames: 256).trouble == nil)
      card.stall(milliseconds: 60_000)
      var block = [Float](repeating: 0, count: 4096)
      _ = pcm.read(&block, frames: 4096)
      #expect(pcm.wait(milliseconds: 100) == .timeout)
      #expect(pcm.read(&block, frames: 4096) == .frames(0))
      card.unstall()
      if case .frames = pcm.wait(milliseconds: 2000) {} else { Issue.record("still stands") }
    }

    @Test(arguments: [PCMDirection.capture, .playback])
    func aSleepIsASuspension(_ direction: PCMDirection) throws {
      let card = VirtualCard(rate: 16_000)
      let pcm = try open(card, direction)
      if direction == .capture {
        _ = pcm.start()
      } else {
        #expect(ALSATests.write(pcm, ALSATests.noise(800)) == .frames(800))
      }
      card.suspend(direction == .capture ? .capture : .playback)
      var result = pcm.wait(milliseconds: 2000)
      while case .frames = result {
        var block = [Float](repeating: 0, count: 4096)
        result =
          direction == .capture ? pcm.read(&block, frames: 4096) : pcm.write(block, frames: 64)
        if case .frames = result { result = pcm.wait(milliseconds: 2000) }
      }
      #expect(result == .suspended)
      #expect(pcm.position().state == .suspended)
      #expect(pcm.prepare() == .frames(0))
      #expect(pcm.position().state == .prepared)
    }

    @Test(arguments: [false, true])
    func aVanishedCardIsLostAndCanBeOpenedOnceItIsBack(_ mapped: Bool) throws {
      let card = VirtualCard(rate: 16_000)
      let microphone = try open(card, .capture, mapped: mapped)
      let speaker = try open(card, .playback, mapped: mapped)
      _ = microphone.start()
      #expect(ALSATests.write(speaker, ALSATests.noise(640)) == .frames(640))
      #expect(ALSATests.read(microphone, frames: 128).trouble == nil)
      card.isGone = true
      #expect(ALSATests.read(microphone, frames: 100_000).trouble == .lost(ENODEV))
      #expect(microphone.position().state == .lost)
      #expect(microphone.wait(milliseconds: 1000) == .lost(ENODEV))
      #expect(microphone.start() == .lost(ENODEV) || microphone.start() == .lost(EBADFD))
      #expect(microphone.prepare() == .lost(ENODEV))
      var result = PCMResult.frames(0)
      while case .frames = result {
        result = speaker.wait(milliseconds: 1000)
        if case .frames = result { result = speaker.write(ALSATests.noise(64), frames: 64) }
      }
      #expect(result == .lost(ENODEV))
      microphone.close()
      speaker.close()
      let gone = ALSATests.trouble(PCMRequest(direction: .capture, device: card.captureName))
      #expect(gone.kind == .missing && gone.errno == ENODEV)
      card.isGone = false
      let back = try open(card, .capture, mapped: mapped)
      _ = back.start()
      #expect(ALSATests.read(back, frames: 128).trouble == nil)
      #expect(card.account(.capture).open == 1)
    }

    @Test func manyReopeningsLeaveNothingBehind() throws {
      let card = VirtualCard(rate: 16_000)
      func cycle() throws {
        let microphone = try open(card, .capture)
        let speaker = try open(card, .playback)
        _ = microphone.start()
        _ = speaker.write(ALSATests.noise(384), frames: 384)
        card.isGone = true
        _ = microphone.wait(milliseconds: 100)
        card.isGone = false
      }
      for _ in 0..<5 { try cycle() }
      let (files, bytes) = (openFiles(), residentBytes())
      for _ in 0..<200 { try cycle() }
      // Other suites run beside this one. Left behind, the streams were 800 files and 20 MB.
      #expect(openFiles() <= files + 20)
      #expect(residentBytes() < bytes + 8_000_000)
      #expect(card.account(.capture).open == 0 && card.account(.playback).open == 0)
      #expect(card.account(.capture).opens == 205)
    }

    private func openFiles() -> Int {
      guard let folder = opendir("/proc/self/fd") else { return 0 }
      defer { closedir(folder) }
      var count = 0
      while readdir(folder) != nil { count += 1 }
      return count
    }

    private func residentBytes() -> Int {
      let fields = PCMHolder.smallFile("/proc/self/statm")?.split(separator: " ") ?? []
      return (fields.dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }

    @Test(arguments: [false, true])
    func runningAllocatesNothingAndTakesNoLock(_ mapped: Bool) throws {
      let card = VirtualCard(rate: 16_000, sound: ALSATests.noise(1000))
      var request = PCMRequest(
        direction: .capture, device: card.captureName, format: .s16, mapped: mapped)
      let microphone = try PCMStream(request)
      request.direction = .playback
      request.periods = 8
      let speaker = try PCMStream(request)
      var block = [Float](repeating: 0, count: 4096)
      var silence = [Float](repeating: 0, count: 4096)
      var counted = -1
      var locked = -1
      var frames = 0
      var xruns = 0
      block.withUnsafeMutableBufferPointer { block in
        silence.withUnsafeMutableBufferPointer { silence in
          guard let target = block.baseAddress, let zeros = silence.baseAddress else { return }
          // Twice: what Swift sets up on the first call of anything is not the stream's doing.
          for run in 0..<2 {
            let before = hush_allocation_count()
            let locksBefore = hush_lock_count()
            let end = MonotonicClock.now() + (run == 0 ? 200_000_000 : 2_500_000_000)
            _ = microphone.start()
            _ = speaker.write(zeros, frames: 1024)
            _ = speaker.start()
            card.xrun(.capture)
            while MonotonicClock.now() < end {
              if microphone.wait(milliseconds: 500) == .xrun {
                xruns += 1
                _ = microphone.prepare()
                _ = microphone.start()
                continue
              }
              guard case .frames(let count) = microphone.read(target, frames: 1024) else {
                continue
              }
              frames += count + microphone.position().delay * 0
              if case .frames = speaker.write(target, frames: count) { continue }
              xruns += speaker.position().state == .xrun ? 1 : 0
              _ = speaker.prepare()
              _ = speaker.write(zeros, frames: 1024)
              _ = speaker.start()
            }
            counted = hush_allocation_count() - before
            locked = hush_lock_count() - locksBefore
          }
        }
      }
      #expect(counted == 0 && locked == 0)
      #expect(xruns >= 2 && frames > 20_000)
    }
  }
}
