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

  /// Misses in a window that make it step down: 5 of hops of 8 ms.
  let tolerance: Int
  /// Hops of a window: half a second.
  let window: Int
  /// Hops in time before it tries the rung above: 4 s at first, 64 s at most.
  let firstWait: Int
  let lastWait: Int
  /// How much of the time to the deadline a hop may take, at the rung below, to call it headroom.
  static let headroom = 0.5
  /// What a hop that stood still counts as, at most.
  static let most = 1.5

  private var hops = 0
  private var misses = 0
  private var calm = 0
  private var wait: Int
  private var sinceClimb = 0
  private var slowest = 0.0
  /// The share of its time that a hop takes, smoothed over a window.
  private var usual = 0.0

  /// - Parameters:
  ///   - models: how many there are, 1 or more.
  ///   - pace: hops in 8 ms, 1 or 2.
  init(models: Int, pace: Int = 1) {
    rungs = models + 1
    tolerance = 5 * pace
    window = 125 * pace / 2
    firstWait = 500 * pace
    lastWait = 8000 * pace
    wait = firstWait
  }

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
    usual += (min(share, Self.most) - usual) / Double(window)
    if misses >= tolerance, usual > Self.headroom, rung < rungs - 1 {
      // A climb that failed at once makes the next one wait longer.
      if sinceClimb < firstWait { wait = min(wait * 2, lastWait) }
      rung += 1
      restart()
      return true
    }
    if hops >= window {
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
    if rung == 0, sinceClimb > lastWait { wait = firstWait }
    return false
  }

  private mutating func restart() {
    (hops, misses, calm, slowest, usual) = (0, 0, 0, 0, 0)
  }
}
