import Glibc

/// A PulseAudio server of the test's own with a sink that plays to nowhere, 16 kHz and mono: what
/// is played on ``playbackName`` is captured on ``captureName``. Both are PCMs of ALSA's.
public final class PulseServer {
  public let playbackName: String
  public let captureName: String
  private let folder: String
  private var server: ChildProcess?
  private var listener: ChildProcess?

  /// Whether `pulseaudio` and its tools are there.
  public static var isInstalled: Bool {
    ["pulseaudio", "parec"].allSatisfy { access("/usr/bin/\($0)", X_OK) == 0 }
  }

  public init() {
    let name = "pulse\(getpid())"
    folder = "\(PlugIn.temporaryFolder)/hush-\(name)"
    mkdir(folder, 0o700)
    playbackName = "\(name)_sink"
    captureName = "\(name)_monitor"
    let socket = "unix:\(folder)/socket"
    let pieces = [(playbackName, "testsink"), (captureName, "testsink.monitor")].map {
      "pcm.\($0) { type pulse server \"\(socket)\" device \"\($1)\" }"
    }
    ALSAConfiguration.set(pieces.joined(separator: "\n"), for: name)
  }

  deinit {
    stop()
    _ = system("rm -rf '\(folder)'")
  }

  /// Starts it and waits until it answers; false where it does not within five seconds.
  public func start() -> Bool {
    let surroundings = ["HOME": folder, "XDG_RUNTIME_DIR": folder]
    server = ChildProcess(
      [
        // With shared memory a client whose server is killed waits for ever where it holds a piece of
        // the stream: libpulse 16's loop frees the memory, and keeps the lock that giving it back needs.
        "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
        "--disable-shm=yes", "-L",
        "module-native-protocol-unix socket=\(folder)/socket auth-anonymous=1", "-L",
        "module-null-sink sink_name=testsink rate=16000 channels=1",
      ], environment: surroundings)
    for _ in 0..<500 {
      if access("\(folder)/socket", F_OK) == 0 { break }
      usleep(10_000)
    }
    guard server != nil, access("\(folder)/socket", F_OK) == 0 else { return false }
    // Where no one listens in small pieces, a null sink plays in pieces of two seconds.
    listener = ChildProcess(
      [
        "parec", "--server=unix:\(folder)/socket", "--latency-msec=4", "-d", "testsink.monitor",
        "--raw",
      ], environment: surroundings)
    usleep(200_000)
    return true
  }

  /// Kills it.
  public func stop() {
    listener?.end()
    server?.end()
    (listener, server) = (nil, nil)
    unlink("\(folder)/socket")
  }
}
