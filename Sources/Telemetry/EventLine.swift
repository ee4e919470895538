import Glibc
import Pipeline

/// Events as lines of JSON.
enum EventLine {
  /// - Parameters:
  ///   - models: the ladder's.
  ///   - clock: what time of day it is.
  static func text(_ event: Event, models: [String], clock: WallClock) -> String {
    line(name(event.kind), event.time, clock) { json in
      switch event.kind {
      case .state:
        json.set("side", event.side.name)
        json.set("state", SideState(rawValue: UInt8(clamping: event.value))?.name ?? "unknown")
      case .xrun, .suspended, .sourceEnded: json.set("side", event.side.name)
      case .stalled:
        json.set("side", event.side.name)
        json.set("ms", event.value)
      case .lost:
        json.set("side", event.side.name)
        json.set("errno", event.value)
        json.set("reason", String(cString: strerror(Int32(clamping: event.value))))
      case .deadlineMissed:
        json.set("late_us", event.value)
        json.set("cause", "\(event.cause)")
      case .fallback: json.set("cause", "\(event.cause)")
      case .dropped, .concealed:
        json.set("side", event.side.name)
        json.set("frames", event.value)
      case .ladder:
        json.set("rung", event.value)
        let rung = Int(clamping: event.value)
        json.set("model", models.indices.contains(rung) ? models[rung] : nil)
      case .modelChanged: break
      }
    }
  }

  static func hello(_ version: String, at time: UInt64, _ clock: WallClock) -> String {
    line("hello", time, clock) { json in
      json.set("version", StatusPage.version)
      json.set("hushd", version)
    }
  }

  static func heartbeat(_ metrics: Metrics, at time: UInt64, _ clock: WallClock) -> String {
    line("heartbeat", time, clock) { json in
      json.set("hops", metrics.hops.value)
      json.set("late", metrics.deadlineMisses.value)
    }
  }

  static func skipped(_ lines: UInt64, at time: UInt64, _ clock: WallClock) -> String {
    line("skipped", time, clock) { $0.set("lines", lines) }
  }

  /// As in JSON and in traces.
  static func name(_ kind: Event.Kind) -> String {
    switch kind {
    case .state: "state"
    case .xrun: "xrun"
    case .suspended: "suspended"
    case .stalled: "stalled"
    case .lost: "lost"
    case .deadlineMissed: "deadline_missed"
    case .fallback: "fallback"
    case .dropped: "dropped"
    case .concealed: "concealed"
    case .ladder: "ladder"
    case .modelChanged: "model_changed"
    case .sourceEnded: "source_ended"
    }
  }

  private static func line(
    _ name: String, _ time: UInt64, _ clock: WallClock, _ rest: (inout JSONWriter) -> Void
  ) -> String {
    var json = JSONWriter()
    json.object { json in
      json.set("event", name)
      json.set("time", clock.text(at: time))
      json.set("monotonic_ns", time)
      rest(&json)
    }
    return json.text + "\n"
  }
}
