import Glibc
import Pipeline
import Realtime

/// GET /trace: Chrome's JSON, which Perfetto reads, a piece at a time and straight from the
/// threads' histories, so that a slow reader costs no memory; what is overwritten before it comes to
/// it is missing.
final class TracePage {
  /// Seconds that can be asked for.
  static let seconds = 1...30

  private enum Track: Int, CaseIterable {
    case capture = 1
    case denoise, output
  }

  private let begin: UInt64
  private let trace: Trace
  private var marks: ArraySlice<Event>
  private var models: [String]
  private var header: String?
  private var tracks: ArraySlice<Track> = Track.allCases[...]
  private var next: UInt64 = 0
  private var end: UInt64 = 0
  private var isDone = false

  /// Records in a piece.
  private static let piece = 64

  /// - Parameters:
  ///   - seconds: how far back.
  ///   - marks: events to put in, oldest first.
  init(seconds: Int, _ pipeline: Pipeline, marks: [Event], version: String) {
    let now = MonotonicClock.now()
    let begin = now &- min(UInt64(seconds) * 1_000_000_000, now)
    self.begin = begin
    trace = pipeline.metrics.trace
    self.marks = marks.filter { $0.time >= begin }[...]
    models = pipeline.status().models
    header = Self.header(seconds, version, now)
    turnTo(tracks.first)
  }

  /// The next piece of the text; nil: that was all.
  func piece() -> [UInt8]? {
    if let text = header {
      header = nil
      return Array(text.utf8)
    }
    var text = ""
    var count = 0
    while count < Self.piece, let track = tracks.first {
      guard next < end else {
        tracks = tracks.dropFirst()
        turnTo(tracks.first)
        continue
      }
      if let record = ring(track).record(next), record.end >= begin {
        text += ",\n" + Self.line(track, record)
        count += 1
      }
      next += 1
    }
    while count < Self.piece, tracks.isEmpty, let event = marks.popFirst() {
      text += ",\n" + Self.line(event, models)
      count += 1
    }
    if text.isEmpty {
      if isDone { return nil }
      isDone = true
      text = "\n]}\n"
    }
    return Array(text.utf8)
  }

  private func turnTo(_ track: Track?) {
    guard let track else { return }
    next = ring(track).oldest
    end = ring(track).written
  }

  private func ring(_ track: Track) -> HistoryRing<TraceRecord> {
    switch track {
    case .capture: trace.capture
    case .denoise: trace.denoise
    case .output: trace.output
    }
  }

  // MARK: Text

  private static func header(_ seconds: Int, _ version: String, _ now: UInt64) -> String {
    var json = JSONWriter()
    json.object { json in
      json.set("hushd", version)
      json.set("time", WallClock().text(at: now))
      json.set("seconds", seconds)
    }
    var text = "{\"displayTimeUnit\":\"ms\",\"otherData\":\(json.text),\"traceEvents\":[\n"
    text += name("process_name", nil, "hushd")
    for track in Track.allCases {
      text += ",\n" + name("thread_name", track, "\(track)")
    }
    return text
  }

  private static func name(_ kind: String, _ track: Track?, _ name: String) -> String {
    var json = JSONWriter()
    json.object { json in
      json.set("name", kind)
      json.set("ph", "M")
      json.set("pid", getpid())
      if let track { json.set("tid", track.rawValue) }
      json.object("args") { $0.set("name", name) }
    }
    return json.text
  }

  private static func line(_ track: Track, _ record: TraceRecord) -> String {
    var json = JSONWriter()
    json.object { json in
      json.set("name", track == .denoise ? "hop" : "wake")
      json.set("ph", "X")
      json.set("pid", getpid())
      json.set("tid", track.rawValue)
      json.set("ts", microseconds(record.begin))
      json.set("dur", microseconds(record.end &- min(record.begin, record.end)))
      json.object("args") { json in
        let late = microseconds(record.begin &- min(record.ready, record.begin))
        if track == .denoise {
          json.set("sequence", record.sequence)
          json.set("arrival_us", microseconds(record.ready))
          json.set("due_us", microseconds(record.due))
          json.set("late_us", late)
          json.set("rung", record.rung)
          json.set("fallback", record.flags.contains(.fallback))
          json.set("missed", record.flags.contains(.missed))
          if let presence = record.presence { json.set("presence", Double(presence)) }
          json.set("cpu_us", Double(record.cpu) / 1000)
        } else {
          json.set("frames", record.frames)
          json.set("late_us", late)
          if track == .output, record.due > 0 { json.set("heard_us", microseconds(record.due)) }
        }
      }
    }
    return json.text
  }

  private static func line(_ event: Event, _ models: [String]) -> String {
    let track: Track =
      switch event.kind {
      case .deadlineMissed, .fallback, .ladder, .modelChanged: .denoise
      default: event.side == .capture ? .capture : .output
      }
    var json = JSONWriter()
    json.object { json in
      json.set("name", EventLine.name(event.kind))
      json.set("ph", "i")
      json.set("s", "t")
      json.set("pid", getpid())
      json.set("tid", track.rawValue)
      json.set("ts", microseconds(event.time))
      json.object("args") { json in
        json.set("value", event.value)
        if event.cause != .unknown { json.set("cause", "\(event.cause)") }
      }
    }
    return json.text
  }

  private static func microseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1000 }
}
