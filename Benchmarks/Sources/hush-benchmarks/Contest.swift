import Glibc

/// Contenders timed side by side: round after round, each in its turn.
///
/// On a machine that does other work too, time of its own says little; what one contender takes
/// beside another in the same instant does. So every round runs all contenders, one after the
/// other, and a ratio is the median of the rounds' ratios. (The usual harnesses finish one
/// benchmark before they begin the next, and so compare different moments.)
struct Contest {
  struct Contender {
    let name: String
    let body: () -> Void
  }

  struct Outcome {
    let name: String
    /// Microseconds, one for each round.
    let times: [Double]

    var median: Double { times.sorted()[times.count / 2] }
    var best: Double { times.min()! }
  }

  let rounds: Int
  private(set) var contenders: [Contender] = []

  init(rounds: Int) { self.rounds = rounds }

  mutating func add(_ name: String, _ body: @escaping () -> Void) {
    contenders.append(Contender(name: name, body: body))
  }

  /// Each contender repeats its work for about 200 us a round.
  func run() -> [Outcome] {
    let repeats = contenders.map { contender in
      contender.body()
      let single = seconds { contender.body() }
      return max(1, Int(200e-6 / max(single, 1e-8)))
    }
    var times = [[Double]](repeating: [], count: contenders.count)
    for _ in 0..<rounds {
      for (i, contender) in contenders.enumerated() {
        contender.body()  // Its data comes back into the cache.
        let elapsed = seconds { for _ in 0..<repeats[i] { contender.body() } }
        times[i].append(elapsed / Double(repeats[i]) * 1e6)
      }
    }
    return zip(contenders, times).map { Outcome(name: $0.name, times: $1) }
  }
}

/// How many times longer `a` takes than `b`, round by round.
func ratio(_ a: Contest.Outcome, _ b: Contest.Outcome) -> Double {
  let ratios = zip(a.times, b.times).map { $0 / $1 }.sorted()
  return ratios[ratios.count / 2]
}

func seconds(_ body: () -> Void) -> Double {
  var (start, end) = (timespec(), timespec())
  clock_gettime(CLOCK_MONOTONIC, &start)
  body()
  clock_gettime(CLOCK_MONOTONIC, &end)
  return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) * 1e-9
}
