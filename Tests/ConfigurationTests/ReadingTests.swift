import Pipeline
import Testing

@testable import Configuration

/// What a file says arrives in the settings.
@Suite struct ReadingTests {
  private func read(_ text: String) throws -> DaemonSettings {
    try Configuration(text: text, path: "x").settings
  }

  @Test func nothingIsTheDefaults() throws {
    #expect(try Configuration(path: nil).settings == DaemonSettings())
  }

  @Test func everythingOfADevice() throws {
    let settings = try read(
      """
      capture:
        type: alsa
        device: hw:CARD=Headset,DEV=0
        rate: 48 kHz
        channels: [1, 0]
        device_channels: 2
        format: S24_3LE
        period: 256
        periods: 6
        mmap: no
      """
    ).settings
    var device = Settings.Device()
    device.name = "hw:CARD=Headset,DEV=0"
    device.rate = 48_000
    device.channels = 2
    device.format = .s24in3
    device.period = 256
    device.periods = 6
    device.mapped = false
    #expect(settings.capture.source == .device(device))
    #expect(settings.capture.channels == [1, 0])
  }

  @Test func file() throws {
    let settings = try read("capture: {type: file, path: talk.flac, loop: yes, paced: no}")
    #expect(
      settings.settings.capture.source == .file(path: "talk.flac", paced: false, loops: true))
  }

  @Test func aFileIsPacedUnlessToldOtherwise() throws {
    let settings = try read("capture: {type: file, path: talk.flac}")
    #expect(
      settings.settings.capture.source == .file(path: "talk.flac", paced: true, loops: false))
  }

  @Test func pipe() throws {
    let settings = try read(
      "capture: {type: pipe, rate: 16000, device_channels: 2, format: float}")
    #expect(
      settings.settings.capture.source
        == .pipe(path: "-", format: .float, rate: 16_000, channels: 2, paced: false))
  }

  @Test func aPipeIsAsWideAsItsPickedChannels() throws {
    let settings = try read("capture: {type: pipe, rate: 16000, channels: [3]}")
    #expect(
      settings.settings.capture.source
        == .pipe(path: "-", format: .s16, rate: 16_000, channels: 4, paced: false))
  }

  @Test func recording() throws {
    let settings = try read(
      """
      output:
        type: file
        path: /srv/%Y%m%d-%H%M%S.wav
        encoding: 24
        rotate: {seconds: 1h, megabytes: 2 GB, keep: 48}
      """)
    #expect(
      settings.settings.output.sink
        == .file(
          path: "/srv/%Y%m%d-%H%M%S.wav", format: "24",
          rotation: Settings.Rotation(seconds: 3600, megabytes: 2000, keep: 48)))
  }

  @Test func otherOutputs() throws {
    #expect(try read("output: {type: none}").settings.output.sink == .none)
    #expect(
      try read("output: {type: pipe, format: s32}").settings.output.sink
        == .pipe(path: "-", format: .s32))
  }

  @Test func theRest() throws {
    let all = try read(
      """
      denoise:
        model: /m/a.safetensors
        latency: low
        ladder: [/m/b.safetensors, /m/c.safetensors]
        strength: 18dB
        bypass: on
        deadline: 6500us
      latency: {target: 0.05 s, drift: off}
      realtime: {priority: 0, cpus: [2, 3], lock_memory: false}
      log: {level: debug}
      control: {socket: /tmp/h.sock, mode: 600, group: audio}
      """)
    let settings = all.settings
    #expect(settings.denoise.model == "/m/a.safetensors")
    #expect(settings.denoise.ladder == ["/m/b.safetensors", "/m/c.safetensors"])
    #expect(settings.denoise.latency == .low)
    #expect(settings.denoise.strength == 18)
    #expect(settings.denoise.bypass)
    #expect(settings.denoise.deadline == 6.5)
    #expect(settings.latency.target == 50)
    #expect(settings.latency.drift == .off)
    #expect(settings.realtime.priority == 0)
    #expect(settings.realtime.cpus == [2, 3])
    #expect(!settings.realtime.locksMemory)
    #expect(all.logLevel == .debug)
    #expect(all.control.socket == "/tmp/h.sock")
    #expect(all.control.mode == 0o600)
    #expect(all.control.group == "audio")
  }

  /// None is something else than none named.
  @Test func ladders() throws {
    #expect(try read("denoise: {model: base}").settings.denoise.model == "base")
    #expect(try read("denoise: {model: base}").settings.denoise.ladder == nil)
    #expect(try read("denoise: {ladder: auto}").settings.denoise.ladder == nil)
    #expect(try read("denoise: {ladder: []}").settings.denoise.ladder == [])
    #expect(
      try read("denoise: {ladder: [base, nano]}").settings.denoise.ladder == ["base", "nano"])
    #expect(try read("denoise: {ladder: nano}").settings.denoise.ladder == ["nano"])
  }

  @Test func noSocket() throws {
    #expect(try read("control: {socket: none}").control.socket == nil)
  }

  @Test func oneItemNeedsNoBrackets() throws {
    #expect(try read("capture: {channels: 1}").settings.capture.channels == [1])
  }

  @Test func dottedKeys() throws {
    #expect(try read("denoise.strength: 6").settings.denoise.strength == 6)
  }

  @Test(arguments: [
    ("18", 18.0), ("18dB", 18), ("18 db", 18), ("'18 dB'", 18), ("0", 0), ("+2.5dB", 2.5),
  ]) func strength(_ text: String, _ value: Double) throws {
    #expect(try read("denoise: {strength: \(text)}").settings.denoise.strength == value)
  }
}
