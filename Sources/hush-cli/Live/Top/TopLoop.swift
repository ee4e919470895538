import Glibc

/// Keys, signals and news become screens.
final class TopLoop {
  private let terminal: TerminalScreen
  private let signals: SignalPipe
  private let poller: StatusPoller
  private let screen = TopScreen(isFine: TerminalScreen.isFine)
  private let isColoured = TerminalScreen.isColoured
  private var picture = TopScreen.Picture()
  private var noteEnds = 0.0
  /// nil: it goes on.
  private var ending: Ending?

  enum Ending {
    case quit
    case signal(Int32)
  }

  /// nil: there is no terminal.
  init?(_ client: ControlClient, delay: Double, first: LiveStatus) {
    guard let terminal = TerminalScreen(), let signals = SignalPipe(),
      let poller = StatusPoller(client, delay: delay, tell: { signals.nudge() })
    else { return nil }
    self.terminal = terminal
    self.signals = signals
    self.poller = poller
    picture.history.add(first)
  }

  func run() -> Ending {
    terminal.enter()
    defer { terminal.leave() }
    guard poller.start() else { return .quit }
    while true {
      draw()
      var entries = [
        pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
      ]
      poll(&entries, 2, 1000)
      if entries[0].revents != 0 { for number in signals.take() { heed(number) } }
      if entries[1].revents != 0 { readKeys() }
      if let ending { return ending }
    }
  }

  private func heed(_ number: Int32) {
    switch number {
    case 0: for news in poller.take() { learn(news) }
    case SIGTSTP: terminal.suspend()
    case SIGCONT: terminal.reenter()
    case SIGWINCH: break
    default: if SignalPipe.ending.contains(number) { ending = .signal(number) }
    }
  }

  private func learn(_ news: StatusPoller.News) {
    switch news {
    case .status(let status):
      picture.trouble = nil
      picture.history.add(status)
    case .trouble(let line): picture.trouble = line
    case .changed: note("done")
    case .refused(let line): note(line)
    }
  }

  private func readKeys() {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(STDIN_FILENO, &bytes, bytes.count)
    // The window is closed.
    if count == 0 || count < 0 && errno != EAGAIN && errno != EINTR {
      ending = .signal(SIGHUP)
      return
    }
    guard count > 0 else { return }
    // An arrow or another key that is a sequence; none of them means anything here.
    if bytes[0] == 0x1b { return }
    for byte in bytes[..<count] { press(Character(UnicodeScalar(byte))) }
  }

  private func press(_ key: Character) {
    let control = picture.history.last?.control
    switch key {
    case "q", "Q": ending = .quit
    case "?", "h": picture.showsHelp.toggle()
    case "b": control.map { wish(.bypass(!$0.bypass), $0.bypass ? "bypass off" : "bypass on") }
    case "m": control.map { wish(.mute(!$0.mute), $0.mute ? "mute off" : "mute on") }
    case "r": wish(.reset, "reset")
    case "+", "=", "-", "_":
      guard let control else { return }
      let strength = Self.step(control.strength, up: key == "+" || key == "=")
      wish(.strength(strength), "strength \(StatusLine.strength(strength))")
    default: break
    }
  }

  private func wish(_ change: ControlChange, _ line: String) {
    note(line)
    poller.wish(change)
    // So that the next key goes on from here before the daemon has answered.
    guard var status = picture.history.last else { return }
    if case .bool(let flag) = change.members["bypass"] { status.control.bypass = flag }
    if case .bool(let flag) = change.members["mute"] { status.control.mute = flag }
    switch change.members["strength_db"] {
    case .number(let value): status.control.strength = value
    case .null: status.control.strength = nil
    default: break
    }
    picture.history.foresee(status)
  }

  /// 3 dB at a time up to 36 dB, then all of it.
  static func step(_ strength: Double?, up: Bool) -> Double? {
    guard let strength else { return up ? nil : 36 }
    if up { return strength >= 36 ? nil : min(36, (strength / 3 + 1).rounded(.down) * 3) }
    return max(0, (strength / 3 - 1).rounded(.up) * 3)
  }

  private func note(_ line: String) {
    if line == "done" { return }
    picture.note = line
    noteEnds = now() + 3
  }

  private func draw() {
    if now() > noteEnds { picture.note = nil }
    picture.clock = timeOfDay(time(nil))
    let lines = screen.lines(picture, TerminalScreen.size)
    terminal.show(FrameText.screen(lines, isColoured: isColoured))
  }
}
