/// A GET /status as `hushd` answers it, with what a test wants to be otherwise.
struct StatusFixture: Sendable {
  var version = 1
  var health = "ok"
  var problems: [String] = []
  var uptime = 11_565.0
  var captureState = "running"
  var captureReason: String?
  var captureName = "hw:CARD=Headset,DEV=0"
  var outputName = "hw:CARD=Headset,DEV=0"
  var xruns = 0
  var hops = 1_445_625
  var late = 0
  var latencyCount = 1_445_000
  var strength: Double? = 18
  var bypass = false
  var mute = false
  var model = "small-1"
  var policy = "FIFO"
  var isLocked = true
  /// Seconds of processor time of the denoise thread.
  var work = 437.25
  /// The same of the capture and the output thread.
  var sideWork = 61.0
  var frames = 12_000_000
  var input = -31.2
  /// nil: the model does not tell.
  var presence: Double?
  /// Milliseconds; nil: hushd does not tell.
  var hop: Double?
  /// Hops by the time from their arrival to their start: up to 25, 50, 100 us, and all.
  var waits = [3, 1_445_000, 1_445_600, 1_445_625]

  var json: String {
    let list = problems.map { "\"\($0)\"" }.joined(separator: ",")
    let strength = strength.map { "\($0)" } ?? "null"
    return """
      {"version":\(version),"hushd":"0.1.0","time":"2026-11-21T16:42:22.333Z",
      "monotonic_ns":17212381512422,"uptime_s":\(uptime),"health":"\(health)","problems":[\(list)],
      "capture":\(side(captureState, captureReason, captureName, frames)),
      "output":\(side("running", nil, outputName, frames)),"rate":48000,"channels":1,
      "model":"\(model)","models":["\(model)","nano-1"],"rung":0,
      "control":{"strength_db":\(strength),"bypass":\(bypass),"mute":\(mute)},\(hop.map { "\"hop_ms\":\($0)," } ?? "")"deadline_ms":8,
      "hops":{"done":\(hops),"late":\(late),"fallback":0,"unheard":0,"uncaptured":0,"speech":7,
      "dropped_frames":0,"concealed_frames":0,"ladder_steps":0,"last_trouble_s":null},
      "latency_ms":{"now":46.2,"target":46,"count":\(latencyCount),"mean":46.1,"p50":46.1,"p90":46.4,
      "p99":46.8,"p99_9":47.6,"max":61.3,"buckets":[[40,0],[45,1445],[50,1444800],[55,1444900],
      [60,1444990],[70,\(latencyCount)],[80,\(latencyCount)]]},
      "compute_us":\(work(301.5, 9120)),"lateness_us":{"count":\(waits[3]),"mean":31,"p50":31.5,
      "p90":40,"p99":61.2,"p99_9":122.9,"max":1480,
      "buckets":[[25,\(waits[0])],[50,\(waits[1])],[100,\(waits[2])],[10000,\(waits[3])]]},
      "queued_ms":\(work(12, 20)),
      "levels":{"input_dbfs":\(input),"output_dbfs":-52.6,"removed_db":21.4,"speech":0.034,
      "presence":\(presence.map { "\($0)" } ?? "null")},
      "drift_ppm":12.31,"rings":{"input_frames":80,"output_frames":0},
      "threads":[\(thread("capture", 71, sideWork)),\(thread("denoise", 70, work)),
      \(thread("output", 71, sideWork + 5.5)),\(thread("house", 0, 5)),\(thread("telemetry", 0, 9))],
      "memory":{"locked":\(isLocked),"locked_bytes":17825792,"resident_bytes":17825792},
      "telemetry":{"connections":1,"requests":9,"refused":0,"events_dropped":0},"finished":false}

      """
  }

  private func side(_ state: String, _ reason: String?, _ name: String, _ frames: Int) -> String {
    let device =
      state == "running"
      ? """
      {"rate":48000,"channels":2,"format":"s32","period":128,"buffer":1024,"mapped":true,
      "clock":"hw:0"}
      """ : "null"
    return """
      {"state":"\(state)","reason":\(reason.map { "\"\($0)\"" } ?? "null"),"name":"\(name)",
      "device":\(device),"xruns":\(xruns),"suspends":0,"stalls":0,"reopenings":0,
      "frames":\(frames),"lateness_us":\(work(22, 310))}
      """
  }

  private func work(_ median: Double, _ most: Double) -> String {
    """
    {"count":\(hops),"mean":\(median),"p50":\(median),"p90":\(median),"p99":\(median * 1.1),
    "p99_9":\(median * 2),"max":\(most),"buckets":[[25,0],[250,2],[500,\(hops)],[10000,\(hops)]]}
    """
  }

  private func thread(_ name: String, _ priority: Int, _ seconds: Double) -> String {
    let policy = priority > 0 ? policy : "OTHER"
    return """
      {"name":"\(name)","tid":4711,"policy":"\(policy)",
      "priority":\(policy == "OTHER" ? 0 : priority),"cpu_s":\(seconds),"minor_faults":9,
      "major_faults":0}
      """
  }
}
