import AudioIO
import Glibc
import Hush
import Pipeline
import Realtime
import S5

/// Asks the machine.
struct FactFinder {
  var capture: String?
  var output: String?
  var model: Model
  /// Seconds; 0: none.
  var trialSeconds: Double
  var client: ControlClient

  func facts() -> DoctorFacts {
    let daemon = daemon()
    var names = (capture: capture ?? "default", output: output)
    if case .running(let status) = daemon {
      // Files and pipes are no devices.
      names.capture = capture ?? status.capture.name
      names.output = output ?? (status.output.device == nil ? nil : status.output.name)
    }
    // First, for what is locked and granted later would slow it or speed it up.
    let hop = hopTime()
    let watched: LiveStatus? =
      if case .running(let status) = daemon, capture == nil, output == nil { status } else { nil }
    var devices: [DoctorFacts.Device] = []
    if watched == nil || watched?.capture.device != nil || watched?.capture.state == "waiting" {
      devices.append(Self.device(names.capture, .capture))
    }
    if let name = names.output { devices.append(Self.device(name, .playback)) }
    return DoctorFacts(
      daemon: daemon, thread: Self.thread(), memory: ProcessMemory.lock(),
      realtimeRuntime: SystemFile.number("/proc/sys/kernel/sched_rt_runtime_us"),
      realtimePeriod: SystemFile.number("/proc/sys/kernel/sched_rt_period_us"),
      isGroupScheduled: Self.groupScheduling(), processors: Self.processors(), hop: hop,
      user: Self.user(), devices: devices,
      trial: watched.map { watch($0) } ?? tryOut(names.capture, names.output, devices))
  }

  private func daemon() -> DoctorFacts.Daemon {
    do throws(Failure) {
      return .running(try LiveStatus(client.request("/status"), from: client.path))
    } catch {
      return error.status == .unavailable ? .absent(error.line) : .closed(error.line)
    }
  }

  // MARK: The system

  /// A thread that really asks, for no file says what the kernel would do.
  private static func thread() -> ThreadGrant {
    do throws(ThreadError) {
      return try RealtimeThread(ThreadRequest(name: "hush-doctor", priority: 70)) {}.grant
    } catch {
      return ThreadGrant(
        policy: "OTHER", priority: 0, cpus: [], denormalsFlushed: false, threadID: 0,
        refusal: error.description)
    }
  }

  private static func groupScheduling() -> Bool? {
    if access("/sys/fs/cgroup/cpu/cpu.rt_runtime_us", F_OK) == 0 { return true }
    var system = utsname()
    uname(&system)
    let release = withUnsafeBytes(of: system.release) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    let places = ["/boot/config-\(release)", "/lib/modules/\(release)/config"]
    let text =
      places.lazy.compactMap { SystemFile.text($0, most: 1 << 20) }.first
      ?? SystemFile.unpacked("/proc/config.gz")
    return text.map { $0.contains("\nCONFIG_RT_GROUP_SCHED=y") }
  }

  private static func processors() -> [DoctorFacts.Processor] {
    (0..<Threads.processors).map { number in
      let folder = "/sys/devices/system/cpu/cpu\(number)/cpufreq"
      return DoctorFacts.Processor(
        governor: SystemFile.word("\(folder)/scaling_governor"),
        driver: SystemFile.word("\(folder)/scaling_driver"))
    }
  }

  private static func user() -> DoctorFacts.User {
    var groups = [gid_t](repeating: 0, count: 1024)
    let count = getgroups(Int32(groups.count), &groups)
    let names = groups.prefix(Int(max(0, count))).map(groupName)
    let name = getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(geteuid())"
    var user = DoctorFacts.User(
      name: name, isRoot: geteuid() == 0, groups: names, soundGroup: nil, mayUseSound: true)
    for file in SystemFile.names("/dev/snd").sorted() where file.hasPrefix("pcm") {
      let path = "/dev/snd/\(file)"
      var place = stat()
      if stat(path, &place) == 0 { user.soundGroup = groupName(place.st_gid) }
      if access(path, R_OK | W_OK) != 0 { user.mayUseSound = false }
    }
    return user
  }

  private static func groupName(_ group: gid_t) -> String {
    getgrgid(group).map { String(cString: $0.pointee.gr_name) } ?? "\(group)"
  }

  private static func device(_ name: String, _ direction: PCMDirection) -> DoctorFacts.Device {
    do throws(PCMError) {
      return DoctorFacts.Device(
        name: name, direction: direction,
        found: .success(try PCMDirectory.capabilities(name, direction)))
    } catch {
      return DoctorFacts.Device(name: name, direction: direction, found: .failure(error))
    }
  }

  // MARK: Speed

  /// By the thread's own processor time: what other programs do is not the model's fault.
  private func hopTime() -> DoctorFacts.HopTime? {
    guard let denoiser = try? Denoiser(model: model, rate: 48_000, channels: 1) else { return nil }
    let frames = denoiser.hop
    let input = UnsafeMutableBufferPointer<Float>.allocate(capacity: frames)
    defer { input.deallocate() }
    var state: UInt32 = 1
    for index in input.indices {
      state = state &* 1_664_525 &+ 1_013_904_223
      input.initializeElement(at: index, to: Float(Int32(bitPattern: state)) / 2.2e10)
    }
    let output = UnsafeMutableBufferPointer<Float>.allocate(capacity: frames)
    output.initialize(repeating: 0)
    defer { output.deallocate() }
    var times: [Double] = []
    let end = now() + 0.5
    while times.count < 500, times.count < 20 || now() < end {
      let begin = Self.processorTime()
      denoiser.process(UnsafeBufferPointer(input), into: output)
      times.append(Self.processorTime() - begin)
    }
    times.sort()
    return DoctorFacts.HopTime(
      hop: denoiser.hopSeconds * 1000, median: times[times.count / 2] * 1e6,
      worst: times[times.count * 99 / 100] * 1e6,
      model: model.summary.name)
  }

  private static func processorTime() -> Double {
    Double(MonotonicClock.thread()) * 1e-9
  }

  // MARK: The trial

  /// What the running daemon counts meanwhile: it has the devices.
  private func watch(_ before: LiveStatus) -> DoctorFacts.Trial {
    guard trialSeconds > 0 else { return .skipped("none was asked for") }
    let begin = now()
    usleep(useconds_t(trialSeconds * 1e6))
    do throws(Failure) {
      let after = try LiveStatus(client.request("/status"), from: client.path)
      guard after.hops.done >= before.hops.done else { return .failed("hushd was started anew") }
      return .done(
        DoctorFacts.Account(
          seconds: now() - begin, captureXruns: after.capture.xruns &- before.capture.xruns,
          outputXruns: after.output.xruns &- before.output.xruns,
          late: after.hops.late &- before.hops.late, hops: after.hops.done &- before.hops.done,
          isDaemon: true))
    } catch {
      return .failed(error.line)
    }
  }

  private func tryOut(
    _ capture: String, _ output: String?, _ devices: [DoctorFacts.Device]
  ) -> DoctorFacts.Trial {
    guard trialSeconds > 0 else { return .skipped("none was asked for") }
    for device in devices {
      if case .failure = device.found {
        return .skipped("\(device.direction.rawValue) \(device.name) cannot be opened")
      }
    }
    var settings = Settings()
    var microphone = Settings.Device()
    microphone.name = capture
    settings.capture.source = .device(microphone)
    settings.output.sink = .none
    if let output {
      var loudspeaker = Settings.Device()
      loudspeaker.name = output
      settings.output.sink = .device(loudspeaker)
    }
    do throws(PipelineError) {
      let pipeline = try Pipeline(settings)
      // A microphone in front of its loudspeaker howls.
      pipeline.controls.mute = true
      try pipeline.start()
      defer { pipeline.stop() }
      let metrics = pipeline.metrics
      let opened = now() + 5
      while metrics.hops.value == 0, now() < opened { usleep(20_000) }
      // The first moments of a device are rough.
      usleep(300_000)
      let begin = now()
      let (late, hops) = (metrics.deadlineMisses.value, metrics.hops.value)
      let xruns = (metrics.capture.xruns.value, metrics.output.xruns.value)
      usleep(useconds_t(trialSeconds * 1e6))
      return .done(
        DoctorFacts.Account(
          seconds: now() - begin, captureXruns: metrics.capture.xruns.value - xruns.0,
          outputXruns: metrics.output.xruns.value - xruns.1,
          late: metrics.deadlineMisses.value - late, hops: metrics.hops.value - hops,
          isDaemon: false))
    } catch {
      return .failed(error.description)
    }
  }
}
