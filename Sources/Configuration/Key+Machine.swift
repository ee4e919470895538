import Pipeline

extension Key {
  static let target = Key(
    "latency.target", .number(15...2000, .milliseconds), default: "auto",
    word: Word("auto", "the least the devices take"),
    "How late the loudspeaker may be after the microphone, everything counted in. It is held: "
      + "after a disturbance it comes back to this.")
  static let drift = Key(
    "latency.drift", .flag, default: "auto",
    word: Word("auto", "yes where capture and output are two devices on two clocks"),
    "Whether playback is resampled by a hair to follow the capture's clock.")

  static let latency = [target, drift]

  static let priority = Key(
    "realtime.priority", .whole(0...97, .none), default: "70",
    "The SCHED_FIFO priority of the denoise thread; capture and output run one above. 0 asks for "
      + "ordinary scheduling.")
  static let cpus = Key(
    "realtime.cpus", .wholes(0...1023, count: 1...1024), default: "all",
    word: Word("all", "all of them"), "The processors the audio threads may run on.")
  static let lockMemory = Key(
    "realtime.lock_memory", .flag, default: "yes",
    "Whether memory is locked into RAM, so that no thread ever waits for the disk.")

  static let realtime = [priority, cpus, lockMemory]

  static let level = Key(
    "log.level", .choice(DaemonSettings.LogLevel.allCases.map(\.rawValue)), default: "info",
    live: true, "The least important lines that are logged.")

  static let log = [level]

  static let socket = Key(
    "control.socket", .path("a path from the root, such as /run/hushd/control.sock"),
    default: "/run/hushd/control.sock", word: Word("none", "no socket at all"),
    "The Unix socket for measurements and live control.")
  static let mode = Key(
    "control.mode", .mode, default: "0660",
    "Who may use the socket, as the permissions of a file, in octal.")
  static let group = Key(
    "control.group", .text("the name of a group"), default: "none",
    word: Word("none", "the daemon's own group"), "The group the socket belongs to.")

  static let control = [socket, mode, group]
}
