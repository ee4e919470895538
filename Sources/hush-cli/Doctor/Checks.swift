import AudioIO

/// What `hush doctor` looks at: each check makes a finding of the facts.
enum Checks {
  static let all: [@Sendable (DoctorFacts) -> [Finding]] = [
    { [daemon($0)] }, { [realtime($0)] }, { [memory($0)] }, { [throttling($0)] },
    { [groupScheduling($0)] }, { [governor($0)] }, { [access($0)] }, devices, { [rates($0)] },
    { [speed($0)] }, { [trial($0)] },
  ]

  static func findings(_ facts: DoctorFacts) -> [Finding] { all.flatMap { $0(facts) } }

  /// Milliseconds of the longer hop a model may have.
  static let hop = 8.0

  // MARK: The daemon

  static func daemon(_ facts: DoctorFacts) -> Finding {
    switch facts.daemon {
    case .running(let status) where status.health == .waiting:
      Finding(
        "daemon", .problem, "hushd runs and waits: \(status.problems.first ?? "for a device")",
        mend: "hush devices    # then name one that is there in /etc/hushd.yaml")
    case .running(let status):
      Finding(
        "daemon", .fine,
        "hushd \(status.hushd) runs, \(status.capture.name) to \(status.output.name): "
          + status.health.rawValue)
    case .absent:
      Finding("daemon", .note, "hushd does not run", mend: "sudo systemctl start hushd")
    case .closed(let reason): Finding("daemon", .note, "hushd cannot be asked: \(reason)")
    }
  }

  // MARK: The system

  private static let limits =
    "printf '@audio - rtprio 95\\n@audio - memlock unlimited\\n' "
    + "| sudo tee /etc/security/limits.d/hush.conf; sudo usermod -aG audio $USER    "
    + "# and log in again"

  static func realtime(_ facts: DoctorFacts) -> Finding {
    if case .running(let status) = facts.daemon {
      let audio = status.threads.filter { ["capture", "denoise", "output"].contains($0.name) }
      let ordinary = audio.filter { !["FIFO", "RR"].contains($0.policy) }
      if let first = ordinary.first {
        return Finding(
          "realtime", .problem,
          "hushd's thread \(first.name) has no real-time scheduling (SCHED_\(first.policy)): any "
            + "program can hold it up",
          mend: "sudo systemctl edit hushd    # [Service] LimitRTPRIO=95; and realtime.priority "
            + "above 0 in /etc/hushd.yaml")
      }
      if let thread = audio.first {
        return Finding(
          "realtime", .fine,
          "hushd's audio threads have SCHED_\(thread.policy), priority \(thread.priority)")
      }
    }
    guard let refusal = facts.thread.refusal, !["FIFO", "RR"].contains(facts.thread.policy) else {
      return Finding(
        "realtime", .fine,
        "a thread that asked for real time got SCHED_\(facts.thread.policy), priority "
          + "\(facts.thread.priority)")
    }
    return Finding(
      "realtime", .problem, "no real-time scheduling: \(refusal)",
      mend: facts.user.isRoot ? nil : limits)
  }

  static func memory(_ facts: DoctorFacts) -> Finding {
    if case .running(let status) = facts.daemon {
      return status.memory.locked
        ? Finding("memory", .fine, "hushd's memory stays in RAM")
        : Finding(
          "memory", .problem,
          "hushd's memory may be put out to disk, and a thread then waits for the disk",
          mend: "sudo systemctl edit hushd    # [Service] LimitMEMLOCK=infinity; and "
            + "realtime.lock_memory: yes in /etc/hushd.yaml")
    }
    guard let refusal = facts.memory.refusal else {
      return Finding("memory", .fine, "memory can be locked into RAM")
    }
    return Finding("memory", .problem, refusal, mend: facts.user.isRoot ? nil : limits)
  }

  static func throttling(_ facts: DoctorFacts) -> Finding {
    guard let runtime = facts.realtimeRuntime, let period = facts.realtimePeriod, period > 0 else {
      return Finding("throttling", .fine, "the kernel does not say how much real time there may be")
    }
    if runtime < 0 {
      return Finding("throttling", .fine, "real-time threads may run as long as they like")
    }
    let share = Double(runtime) / Double(period)
    let text =
      "real-time threads may run \(decimals(share * 100, 0)) % of the time "
      + "(kernel.sched_rt_runtime_us \(runtime) of \(period))"
    return share >= 0.5
      ? Finding("throttling", .fine, text)
      : Finding(
        "throttling", .problem, text + ", then all of them are stopped",
        mend: "sudo sysctl kernel.sched_rt_runtime_us=\(period / 100 * 95)")
  }

  static func groupScheduling(_ facts: DoctorFacts) -> Finding {
    let isGranted = ["FIFO", "RR"].contains(facts.thread.policy)
    switch facts.isGroupScheduled {
    case true? where !isGranted:
      return Finding(
        "rt_group_sched", .problem,
        "this kernel shares real time out by control group (CONFIG_RT_GROUP_SCHED), and this "
          + "one's share is nothing",
        mend: "sudo sysctl kernel.sched_rt_runtime_us=-1    # or boot with rt_group_sched=0")
    case true?:
      return Finding(
        "rt_group_sched", .note,
        "this kernel shares real time out by control group (CONFIG_RT_GROUP_SCHED); this login has "
          + "some, a service may not")
    case false?:
      return Finding("rt_group_sched", .fine, "the kernel has no RT_GROUP_SCHED in the way")
    case nil:
      return Finding(
        "rt_group_sched", .fine, "whether the kernel has RT_GROUP_SCHED is not to be found out")
    }
  }

  static func governor(_ facts: DoctorFacts) -> Finding {
    let governors = facts.processors.compactMap(\.governor)
    guard !governors.isEmpty else {
      return Finding("governor", .fine, "the processors' speed is not for the kernel to change")
    }
    let others = facts.processors.filter { $0.governor != nil && $0.governor != "performance" }
    guard let first = others.first, let name = first.governor else {
      return Finding("governor", .fine, "all processors run at full speed (performance)")
    }
    let mend =
      "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"
    let driver = first.driver ?? ""
    // These two choose the speed themselves, whatever the governor is called.
    let isItsOwn = driver.hasPrefix("intel_pstate") || driver.hasPrefix("amd-pstate")
    let which = "\(others.count) of \(facts.processors.count) processors"
    if name == "powersave" && !isItsOwn {
      return Finding(
        "governor", .problem, "\(which) stay at their lowest speed (governor powersave)", mend: mend
      )
    }
    let isTight = facts.hop.map { $0.worst > $0.hop * 1000 / 4 } ?? false
    return Finding(
      "governor", isTight ? .problem : .note,
      "\(which) slow down between hops (governor \(name))"
        + (isTight ? ", and a hop needs much of its time" : "; a hop needs little of its time"),
      mend: mend)
  }

  // MARK: Sound devices

  static func access(_ facts: DoctorFacts) -> Finding {
    let user = facts.user
    guard let group = user.soundGroup else {
      return Finding(
        "access", .note,
        "the kernel has no sound device (/dev/snd is empty); a sound server elsewhere may have one")
    }
    guard !user.mayUseSound else {
      return Finding(
        "access", .fine,
        user.isRoot || !user.groups.contains(group)
          ? "\(user.name) may use the sound devices"
          : "\(user.name) may use the sound devices, by the group \(group)")
    }
    return Finding(
      "access", .problem, "\(user.name) may not use the sound devices: not in the group \(group)",
      mend: "sudo usermod -aG \(group) \(user.name)    # and log in again")
  }

  static func devices(_ facts: DoctorFacts) -> [Finding] {
    facts.devices.flatMap { device -> [Finding] in
      let check = device.direction.rawValue
      // Whoever has it need not be asked whether it can be had.
      if case .running(let status) = facts.daemon {
        let side = device.direction == .capture ? status.capture : status.output
        if side.name == device.name, let open = side.device {
          return [
            Finding(
              check, .fine,
              "\(check) \(device.name): hushd has it, at \(open.rate) Hz with periods of "
                + "\(open.period) frames")
          ]
        }
      }
      switch device.found {
      case .failure(let error):
        return [Finding(check, .problem, error.description, mend: mend(error))]
      case .success(let found): return [period(found, check)]
      }
    }
  }

  private static func mend(_ error: PCMError) -> String? {
    switch error.kind {
    case .missing: "hush devices    # and name one of those"
    case .busy: "fuser -v /dev/snd/*    # tells which program has it; end that"
    case .denied: "sudo usermod -aG audio $USER    # and log in again"
    case .unsupported, .failed: nil
    }
  }

  private static func period(_ found: PCMCapabilities, _ check: String) -> Finding {
    guard !found.formats.isEmpty, let rate = bestRate(found) else {
      return Finding(
        check, .problem, "\(check) \(found.device): has no sample format or rate that hushd takes",
        mend: "hush devices    # plughw: in place of hw: converts")
    }
    let least = Double(found.period.lowerBound) / Double(rate) * 1000
    let most = Double(found.period.upperBound) / Double(rate) * 1000
    let text =
      "\(check) \(found.device): periods of \(decimals(least, 1)) to \(decimals(most, 1)) ms at "
      + "\(rate) Hz"
    if least > 20 {
      return Finding(
        check, .problem, text + "; sound comes in lumps that no setting makes shorter",
        mend: "hush devices    # a hw: device instead of a sound server has shorter ones")
    }
    if least > hop {
      return Finding(check, .note, text + "; longer than a hop of 8 ms, which costs latency")
    }
    return Finding(check, .fine, text)
  }

  private static func bestRate(_ found: PCMCapabilities) -> Int? {
    [48_000, 16_000, 44_100, 32_000].first { found.rates.contains($0) } ?? found.rates.last
  }

  static func rates(_ facts: DoctorFacts) -> Finding {
    func found(_ direction: PCMDirection) -> PCMCapabilities? {
      for device in facts.devices where device.direction == direction {
        if case .success(let found) = device.found { return found }
      }
      return nil
    }
    guard let capture = found(.capture), let output = found(.playback) else {
      return Finding("rates", .fine, "one device alone has no other's rate to fit")
    }
    let common = Set(capture.rates).intersection(output.rates).sorted()
    if common.isEmpty {
      return Finding(
        "rates", .note,
        "\(capture.device) and \(output.device) have no rate in common; hushd resamples, which costs "
          + "latency and processor time")
    }
    return Finding(
      "rates", .fine, "both devices have \(common.map(String.init).joined(separator: ", ")) Hz")
  }

  // MARK: Speed

  static func speed(_ facts: DoctorFacts) -> Finding {
    guard let time = facts.hop else {
      return Finding("speed", .note, "the denoiser's time was not measured")
    }
    let text =
      "\(time.model) takes \(decimals(time.median / 1000, 2)) ms a hop, "
      + "\(decimals(time.worst / 1000, 2)) ms at worst, of \(decimals(time.hop, 0)) ms"
    let mend =
      "hush set model=FILE    # a smaller model; denoise.ladder in /etc/hushd.yaml steps down by "
      + "itself"
    if time.median > time.hop * 1000 * 0.75 {
      return Finding("speed", .problem, "too slow for this model: " + text, mend: mend)
    }
    if time.worst > time.hop * 1000 * 0.75 {
      return Finding("speed", .note, "barely fast enough for this model: " + text, mend: mend)
    }
    return Finding("speed", .fine, text)
  }

  static func trial(_ facts: DoctorFacts) -> Finding {
    switch facts.trial {
    case .skipped(let reason): return Finding("trial", .note, "no trial: \(reason)")
    case .failed(let reason): return Finding("trial", .problem, "the trial failed: \(reason)")
    case .done(let account):
      let what = account.isDaemon ? "of hushd at work" : "with the microphone"
      let begin = "\(decimals(account.seconds, 0)) s \(what): "
      let xruns = account.captureXruns + account.outputXruns
      if account.hops == 0 {
        return Finding("trial", .problem, begin + "no sound came", mend: "hush devices")
      }
      if xruns == 0, account.late == 0 {
        return Finding("trial", .fine, begin + "\(account.hops) hops, no xrun, none late")
      }
      return Finding(
        "trial", .problem,
        begin + "\(xruns) xruns (\(account.captureXruns) capture, \(account.outputXruns) output), "
          + "\(account.late) of \(account.hops) hops late; mend what is above, else give it larger "
          + "periods",
        mend: "hush events    # tells the cause of each; capture.period and output.period in "
          + "/etc/hushd.yaml")
    }
  }
}
