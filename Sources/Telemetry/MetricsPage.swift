import Glibc
import Pipeline
import Realtime

/// GET /metrics. The names are part of the interface: they stay.
enum MetricsPage {
  private typealias Sample = PrometheusText.Sample

  static func text(_ reading: Reading, _ service: Service) -> String {
    var page = PrometheusText()
    hops(reading, &page)
    sides(reading, &page)
    times(reading, &page)
    sound(reading, &page)
    threads(reading, &page)
    process(reading, service, &page)
    return page.text
  }

  private static func hops(_ reading: Reading, _ page: inout PrometheusText) {
    let metrics = reading.metrics
    page.counter("hush_hops_total", "Hops denoised.", metrics.hops.value)
    page.counter(
      "hush_deadline_misses_total", "Hops done after their deadline.",
      metrics.deadlineMisses.value)
    page.counter(
      "hush_fallback_hops_total", "Hops that had to do without the network.",
      metrics.fallbackHops.value)
    page.counter(
      "hush_unheard_hops_total", "Hops that the output did not take.", metrics.lostHops.value)
    page.counter(
      "hush_uncaptured_hops_total", "Hops lost before the denoiser, in an xrun or a stall.",
      metrics.uncapturedHops.value)
    page.counter(
      "hush_speech_hops_total", "Hops with more speech than noise.", metrics.speechHops.value)
    page.counter(
      "hush_dropped_frames_total", "Stale frames left out.", metrics.droppedFrames.value)
    page.counter(
      "hush_concealed_frames_total", "Missing frames made up.", metrics.concealedFrames.value)
    page.counter(
      "hush_ladder_steps_total", "Changes of model for want of time or for headroom.",
      metrics.ladderSteps.value)
    page.gauge(
      "hush_ladder_rung", "The model in use: 0 the one asked for; above, smaller ones or none.",
      Double(reading.rung))
    page.gauge(
      "hush_model_info", "The models of the ladder.",
      reading.status.models.enumerated().map {
        Sample([("rung", "\($0.offset)"), ("model", $0.element)], 1)
      })
    page.gauge(
      "hush_deadline_seconds", "What a hop has from its arrival.", reading.deadline / 1000)
  }

  private static func sides(_ reading: Reading, _ page: inout PrometheusText) {
    let sides = [
      ("capture", reading.status.capture, reading.metrics.capture),
      ("output", reading.status.output, reading.metrics.output),
    ]
    func count(_ value: (Metrics.SideMetrics) -> Counter) -> [Sample] {
      sides.map { Sample([("side", $0.0)], Double(value($0.2).value)) }
    }
    page.counter(
      "hush_xruns_total", "Times the device's buffer ran over (capture) or dry (output).",
      count(\.xruns))
    page.counter("hush_reopenings_total", "Times the device was opened again.", count(\.reopenings))
    page.counter("hush_suspends_total", "Times the machine slept.", count(\.suspends))
    page.counter("hush_stalls_total", "Times the device stood still.", count(\.stalls))
    page.counter("hush_frames_total", "Frames read or written.", count(\.frames))
    page.gauge(
      "hush_state", "1 for the state that the side is in.",
      sides.flatMap { name, status, _ in
        SideState.allCases.map {
          Sample([("side", name), ("state", $0.name)], status.state == $0 ? 1 : 0)
        }
      })
    page.gauge(
      "hush_device_info", "The device as it was opened.",
      sides.compactMap { name, status, _ in
        status.stream.map {
          Sample(
            [
              ("side", name), ("device", status.name), ("rate", "\($0.rate)"),
              ("format", $0.format), ("channels", "\($0.channels)"), ("period", "\($0.period)"),
              ("buffer", "\($0.buffer)"),
            ], 1)
        }
      })
    page.gauge(
      "hush_drift_ppm", "How much faster the playback clock runs than the capture's.",
      reading.metrics.driftPartsPerMillion)
    page.gauge(
      "hush_ring_frames", "Frames in the rings before and behind the denoiser.",
      [
        Sample([("ring", "input")], Double(reading.status.queuedIn)),
        Sample([("ring", "output")], Double(reading.status.queuedOut)),
      ])
    if let rate = reading.status.rate {
      page.gauge("hush_rate_hertz", "Frames a second that are denoised.", Double(rate))
    }
  }

  private static func times(_ reading: Reading, _ page: inout PrometheusText) {
    let metrics = reading.metrics
    page.histogram(
      "hush_hop_compute_seconds", "The denoiser's time for a hop.", bounds: Bounds.work,
      [([], metrics.compute.snapshot())])
    page.histogram(
      "hush_hop_lateness_seconds",
      "From a hop's arrival to the denoiser's start on it; hops lost in a stall are counted in.",
      bounds: Bounds.work, [([], metrics.lateness.snapshot())])
    page.histogram(
      "hush_wakeup_lateness_seconds",
      "How late the device's thread woke up; wake-ups left out in a stall are counted in.",
      bounds: Bounds.work,
      [
        ([("thread", "capture")], metrics.capture.lateness.snapshot()),
        ([("thread", "output")], metrics.output.lateness.snapshot()),
      ])
    page.histogram(
      "hush_latency_seconds", "From microphone to loudspeaker.", bounds: Bounds.sound,
      [([], metrics.latency.snapshot())])
    page.histogram(
      "hush_queued_seconds", "Sound in the output ring and the playback device.",
      bounds: Bounds.sound, [([], metrics.queued.snapshot())])
    page.gauge(
      "hush_latency_current_seconds", "From microphone to loudspeaker, smoothed; 0: not measured.",
      Double(metrics.currentLatency.load(ordering: .relaxed)) / 1e9)
    page.gauge(
      "hush_latency_target_seconds", "What the latency is held to; 0: not held.",
      Double(metrics.targetLatency.load(ordering: .relaxed)) / 1e9)
  }

  private static func sound(_ reading: Reading, _ page: inout PrometheusText) {
    page.gauge(
      "hush_level_dbfs", "Mean square over some 100 ms; -120 at least.",
      [
        Sample([("point", "input")], reading.inputLevel),
        Sample([("point", "output")], reading.outputLevel),
      ])
    page.gauge("hush_noise_removed_db", "Input level less output level.", reading.removed)
    page.gauge(
      "hush_speech_presence",
      "Probability that somebody speaks, as the model hears it, 0 to 1; of a model that does not "
        + "tell, the share of the input's power that is speech, estimated.",
      Double(reading.levels.presence ?? reading.levels.speech))
    page.gauge(
      "hush_strength_db", "How much may be removed; +Inf: no limit.", Double(reading.strength))
    page.gauge("hush_bypass", "1 while the sound passes as it is.", reading.bypass ? 1 : 0)
    page.gauge("hush_mute", "1 while nothing is heard.", reading.mute ? 1 : 0)
  }

  private static func threads(_ reading: Reading, _ page: inout PrometheusText) {
    let threads = reading.threads
    page.gauge(
      "hush_thread_priority", "Real-time priority, 0: none.",
      threads.map { Sample([("thread", $0.name)], Double($0.priority)) })
    page.gauge(
      "hush_thread_policy_info", "The scheduling policy granted.",
      threads.map { Sample([("thread", $0.name), ("policy", $0.policy)], 1) })
    page.counter(
      "hush_thread_cpu_seconds_total", "Processor time.",
      threads.map { Sample([("thread", $0.name)], $0.seconds) })
    page.counter(
      "hush_thread_page_faults_total", "Page faults; major ones waited for the disk.",
      threads.flatMap {
        [
          Sample([("thread", $0.name), ("kind", "minor")], Double($0.minorFaults)),
          Sample([("thread", $0.name), ("kind", "major")], Double($0.majorFaults)),
        ]
      })
  }

  private static func process(
    _ reading: Reading, _ service: Service, _ page: inout PrometheusText
  ) {
    page.gauge(
      "hush_memory_locked", "1 where all memory stays in RAM.",
      reading.status.memory?.isLocked == true ? 1 : 0)
    page.gauge(
      "hush_source_finished", "1 when the source has ended and all of it has gone out.",
      reading.status.isFinished ? 1 : 0)
    page.gauge(
      "hush_telemetry_connections", "Connections open on the socket.",
      Double(service.connections))
    page.counter(
      "hush_telemetry_requests_total", "Requests answered.", service.requests.value)
    page.counter(
      "hush_telemetry_refused_total", "Clients turned away or cut off.", service.refused.value)
    page.counter(
      "hush_telemetry_skipped_lines_total", "Lines that slow readers of /events did not get.",
      service.skippedLines.value)
    page.gauge("hush_build_info", "Always 1.", [Sample([("version", service.version)], 1)])
    page.counter(
      "process_cpu_seconds_total", "Processor time of the whole process.",
      [Sample([], Proc.seconds)])
    page.gauge(
      "process_resident_memory_bytes", "Bytes in RAM.", Double(Proc.residentBytes))
    page.gauge(
      "process_start_time_seconds", "When telemetry began, seconds since 1970.",
      service.startTime)
    page.gauge(
      "process_open_fds", "Open files.", Double(Proc.entries("/proc/self/fd").count - 1))
  }
}
