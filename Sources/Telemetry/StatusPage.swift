import Pipeline
import Realtime

/// GET /status, by docs/status.schema.json.
enum StatusPage {
  /// Of the schema.
  static let version = 1

  static func text(_ reading: Reading, _ service: Service) -> String {
    let clock = WallClock()
    let health = Health(reading, service)
    var json = JSONWriter()
    json.object { json in
      json.set("version", version)
      json.set("hushd", service.version)
      json.set("time", clock.text(at: reading.now))
      json.set("monotonic_ns", reading.now)
      json.set("uptime_s", Double(reading.now &- service.started) / 1e9)
      json.set("health", health.word)
      json.array("problems") { json in for problem in health.problems { json.add(problem) } }
      json.object("capture") { side(reading.status.capture, reading.metrics.capture, &$0) }
      json.object("output") { side(reading.status.output, reading.metrics.output, &$0) }
      json.set("rate", reading.status.rate)
      json.set("channels", reading.status.channels)
      json.set("model", reading.model)
      json.array("models") { json in for model in reading.status.models { json.add(model) } }
      json.set("rung", reading.rung)
      json.object("control") { control(reading, &$0) }
      json.set("hop_ms", reading.status.hop)
      json.set("deadline_ms", reading.deadline)
      json.object("hops") { hops(reading, health, &$0) }
      times(reading, &json)
      json.object("levels") { json in
        json.set("input_dbfs", reading.inputLevel)
        json.set("output_dbfs", reading.outputLevel)
        json.set("removed_db", reading.removed)
        json.set("speech", Double(reading.levels.speech))
        json.set("presence", reading.levels.presence.map(Double.init))
      }
      json.set("drift_ppm", reading.metrics.driftPartsPerMillion)
      json.object("rings") { json in
        json.set("input_frames", reading.status.queuedIn)
        json.set("output_frames", reading.status.queuedOut)
      }
      json.array("threads") { json in for thread in reading.threads { tell(thread, &json) } }
      machine(reading, service, &json)
      json.set("finished", reading.status.isFinished)
    }
    return json.text
  }

  /// What is in force, as members of an object.
  static func control(_ reading: Reading, _ json: inout JSONWriter) {
    json.set("strength_db", reading.strength.isFinite ? Double(reading.strength) : nil)
    json.set("bypass", reading.bypass)
    json.set("mute", reading.mute)
  }

  private static func side(
    _ status: PipelineStatus.SideStatus, _ metrics: Metrics.SideMetrics, _ json: inout JSONWriter
  ) {
    json.set("state", status.state.name)
    json.set("reason", status.reason)
    json.set("name", status.name)
    if let stream = status.stream {
      json.object("device") { json in
        json.set("rate", stream.rate)
        json.set("channels", stream.channels)
        json.set("format", stream.format)
        json.set("period", stream.period)
        json.set("buffer", stream.buffer)
        json.set("mapped", stream.isMapped)
        json.set("clock", stream.clock)
      }
    } else {
      json.set("device", String?.none)
    }
    json.set("xruns", metrics.xruns.value)
    json.set("suspends", metrics.suspends.value)
    json.set("stalls", metrics.stalls.value)
    json.set("reopenings", metrics.reopenings.value)
    json.set("frames", metrics.frames.value)
    distribution("lateness_us", metrics.lateness, 1e3, Bounds.work, &json)
  }

  private static func hops(_ reading: Reading, _ health: Health, _ json: inout JSONWriter) {
    let metrics = reading.metrics
    json.set("done", metrics.hops.value)
    json.set("late", metrics.deadlineMisses.value)
    json.set("fallback", metrics.fallbackHops.value)
    json.set("unheard", metrics.lostHops.value)
    json.set("uncaptured", metrics.uncapturedHops.value)
    json.set("speech", metrics.speechHops.value)
    json.set("dropped_frames", metrics.droppedFrames.value)
    json.set("concealed_frames", metrics.concealedFrames.value)
    json.set("ladder_steps", metrics.ladderSteps.value)
    json.set("last_trouble_s", health.sinceTrouble)
  }

  private static func times(_ reading: Reading, _ json: inout JSONWriter) {
    let metrics = reading.metrics
    let now = metrics.currentLatency.load(ordering: .relaxed)
    let target = metrics.targetLatency.load(ordering: .relaxed)
    distribution("latency_ms", metrics.latency, 1e6, Bounds.sound, &json) { json in
      json.set("now", now == 0 ? nil : Double(now) / 1e6)
      json.set("target", target == 0 ? nil : Double(target) / 1e6)
    }
    distribution("compute_us", metrics.compute, 1e3, Bounds.work, &json)
    distribution("lateness_us", metrics.lateness, 1e3, Bounds.work, &json)
    distribution("queued_ms", metrics.queued, 1e6, Bounds.sound, &json)
  }

  /// - Parameter unit: nanoseconds.
  private static func distribution(
    _ name: String, _ histogram: LatencyHistogram, _ unit: Double, _ bounds: [UInt64],
    _ json: inout JSONWriter, _ more: (inout JSONWriter) -> Void = { _ in }
  ) {
    let snapshot = histogram.snapshot()
    json.object(name) { json in
      more(&json)
      json.set("count", snapshot.count)
      json.set("mean", snapshot.mean / unit)
      for (name, percent) in [("p50", 50), ("p90", 90), ("p99", 99), ("p99_9", 99.9)] {
        json.set(name, Double(snapshot.percentile(percent)) / unit)
      }
      json.set("max", Double(snapshot.max) / unit)
      json.array("buckets") { json in
        for bound in bounds {
          json.array { json in
            json.add(Double(bound) / unit)
            json.add(snapshot.count(upTo: bound))
          }
        }
      }
    }
  }

  private static func tell(_ thread: ThreadAccount, _ json: inout JSONWriter) {
    json.object { json in
      json.set("name", thread.name)
      json.set("tid", thread.thread)
      json.set("policy", thread.policy)
      json.set("priority", thread.priority)
      json.set("cpu_s", thread.seconds)
      json.set("minor_faults", thread.minorFaults)
      json.set("major_faults", thread.majorFaults)
    }
  }

  private static func machine(
    _ reading: Reading, _ service: Service, _ json: inout JSONWriter
  ) {
    json.object("memory") { json in
      json.set("locked", reading.status.memory?.isLocked ?? false)
      json.set("locked_bytes", reading.status.memory?.lockedBytes ?? 0)
      json.set("resident_bytes", Proc.residentBytes)
    }
    json.object("telemetry") { json in
      json.set("connections", service.connections)
      json.set("requests", service.requests.value)
      json.set("refused", service.refused.value)
      json.set("events_dropped", service.skippedLines.value)
    }
  }
}
