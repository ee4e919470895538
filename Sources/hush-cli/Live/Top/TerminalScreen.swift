import AudioIO
import Glibc

/// The terminal while it shows a screen instead of lines.
final class TerminalScreen {
  private var saved = termios()
  private var isShown = false

  /// nil: standard input or output is no terminal.
  init?() {
    guard isatty(STDOUT_FILENO) != 0, tcgetattr(STDIN_FILENO, &saved) == 0 else { return nil }
  }

  deinit { leave() }

  func enter() {
    var raw = saved
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
    // Ctrl-C and Ctrl-Z stay signals.
    withUnsafeMutableBytes(of: &raw.c_cc) {
      $0[Int(VMIN)] = 0
      $0[Int(VTIME)] = 0
    }
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
    isShown = true
    show(FrameText.enter)
  }

  /// Everything as it was.
  func leave() {
    guard isShown else { return }
    isShown = false
    show(FrameText.leave)
    tcsetattr(STDIN_FILENO, TCSADRAIN, &saved)
  }

  /// Stops, as Ctrl-Z asks; comes back when it is continued.
  func suspend() {
    leave()
    signal(SIGTSTP, SIG_DFL)
    kill(getpid(), SIGTSTP)
    // Here again.
    SignalPipe.catchAgain(SIGTSTP)
    // A shell may have changed it meanwhile.
    tcgetattr(STDIN_FILENO, &saved)
    enter()
  }

  /// After a stop that could not be seen coming (SIGSTOP).
  func reenter() {
    isShown = true
    enter()
  }

  /// All at once, so that no half of it is seen.
  func show(_ text: String) { _ = writeFully(STDOUT_FILENO, text) }

  /// Of the window; 80 by 24 where it does not say.
  static var size: TopScreen.Size {
    var window = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0,
      window.ws_row > 0
    else { return TopScreen.Size(columns: 80, rows: 24) }
    return TopScreen.Size(columns: Int(window.ws_col), rows: Int(window.ws_row))
  }

  /// Whether blocks can be shown.
  static var isFine: Bool {
    setlocale(LC_CTYPE, "")
    let coding = nl_langinfo(nl_item(CODESET)).map { String(cString: $0) } ?? ""
    // The kernel's own console has no thin blocks.
    return coding == "UTF-8" && variable("TERM") != "linux"
  }

  /// https://no-color.org
  static var isColoured: Bool { variable("NO_COLOR").isEmpty }

  /// Whether the cursor can be moved.
  static var isDumb: Bool { ["", "dumb", "unknown"].contains(variable("TERM")) }

  private static func variable(_ name: String) -> String {
    getenv(name).map { String(cString: $0) } ?? ""
  }
}
