import AudioIO
import Glibc
import Synchronization

/// The bar on a terminal: how far all files are together, drawn ten times a second at most.
final class Progress: Sendable {
  private struct State {
    var fractions: [Double]
    var finished = 0
    var drawn = 0.0
  }

  private let state: Mutex<State>
  private let names: [String]
  private let shown: Bool
  private let begin = now()

  init(names: [String], shown: Bool) {
    self.names = names
    self.shown = shown && Console.shared.showsProgress && !names.contains("-")
    state = Mutex(State(fractions: [Double](repeating: 0, count: names.count)))
  }

  func update(_ index: Int, _ fraction: Double) {
    guard shown else { return }
    let time = now()
    let line: String? = state.withLock { state in
      state.fractions[index] = fraction
      guard time - state.drawn >= 0.1 else { return nil }
      state.drawn = time
      return text(state, time)
    }
    if let line { Console.shared.bar(line) }
  }

  func finish(_ index: Int) {
    guard shown else { return }
    state.withLock { state in
      state.fractions[index] = 1
      state.finished += 1
    }
  }

  private func text(_ state: State, _ time: Double) -> String {
    let done = state.fractions.reduce(0, +) / Double(max(1, names.count))
    let width = 30
    let filled = Int((done * Double(width)).rounded(.down))
    let bar =
      String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
    let percent = String(Int((done * 100).rounded(.down)))
    let left = done > 0.01 ? clockTime((time - begin) * (1 - done) / done).dropLast(4) : "-:--"
    let what =
      names.count == 1
      ? String(singleLine(fileName(names[0])).prefix(24))
      : "\(state.finished)/\(names.count) files"
    return "[\(bar)] \(percent)%  \(left) left  \(what)"
  }
}
