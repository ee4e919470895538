/// Which model a machine can afford, learnt from whether hops are done in time.
///
/// Rung 0 is the model asked for, then the smaller ones, and last fallback alone, which costs next
/// to nothing. Repeated misses step down, if hops usually take more than half of their time: a
/// machine that stands still for a moment makes hops late with any model, and a smaller one would
/// help none of them. After some seconds in time, and with headroom, it tries the rung above; each
/// time that fails, it waits twice as long before it tries again.
struct Ladder {
  /// Rungs, the last of which is fallback alone: 2 or more.
  let rungs: Int
  private(set) var rung = 0

  /// Misses in a window that make it step down.
  static let tolerance = 5
  /// Hops of a window: half a second.
  static let window = 62
  /// Hops in time before it tries the rung above: 4 s at first, 64 s at most.
  static let firstWait = 500
  static let lastWait = 8000
  /// How much of the time to the deadline a hop may take, at the rung below, to call it headroom.
  static let headroom = 0.5
  /// What a hop that stood still counts as, at most.
  static let most = 1.5

  private var hops = 0
  private var misses = 0
  private var calm = 0
  private var wait = firstWait
  private var sinceClimb = 0
  private var slowest = 0.0
  /// The share of its time that a hop takes, smoothed over a window.
  private var usual = 0.0

  init(models: Int) { rungs = models + 1 }

  /// Whether the present rung is fallback alone.
  var isLast: Bool { rung == rungs - 1 }

  /// - Parameters:
  ///   - missed: whether the hop was late or had to do without the network for want of time.
  ///   - share: of the time it had, how much it took.
  /// - Returns: whether the rung has changed.
  mutating func note(missed: Bool, share: Double) -> Bool {
    hops += 1
    sinceClimb += 1
    slowest = max(slowest, share)
    if missed {
      misses += 1
      calm = 0
    } else {
      calm += 1
    }
    usual += (min(share, Self.most) - usual) / Double(Self.window)
    if misses >= Self.tolerance, usual > Self.headroom, rung < rungs - 1 {
      // A climb that failed at once makes the next one wait longer.
      if sinceClimb < Self.firstWait { wait = min(wait * 2, Self.lastWait) }
      rung += 1
      restart()
      return true
    }
    if hops >= Self.window {
      hops = 0
      misses = 0
    }
    if rung > 0, calm >= wait {
      let hasRoom = slowest < Self.headroom
      restart()
      guard hasRoom else { return false }
      rung -= 1
      sinceClimb = 0
      return true
    }
    if rung == 0, sinceClimb > Self.lastWait { wait = Self.firstWait }
    return false
  }

  private mutating func restart() {
    (hops, misses, calm, slowest, usual) = (0, 0, 0, 0, 0)
  }
}
