import Foundation
import Synchronization
import VirtualCardSupport

/// Whether SIGINT or SIGTERM asked for an early end, with a summary of what there is.
let endIsAsked = Atomic(false)

/// What is asked of the card and of the daemon, when.
final class Trouble {
  enum Kind { case captureXrun, playbackXrun, unplug, plug, stop, go }

  private let card: VirtualCard
  private let daemon: Daemon
  private var plan: [(time: Double, kind: Kind)] = []
  let xruns: Int
  let unplugs: Int
  let stops: Int
  /// When the last one was over, and how long it may take until all is as before, in seconds.
  private(set) var last = 0.0
  private(set) var grace = 3.0

  init(
    card: VirtualCard, daemon: Daemon, seconds: Double, xruns: Int, unplugs: Int, stops: Int
  ) {
    (self.card, self.daemon) = (card, daemon)
    (self.xruns, self.unplugs, self.stops) = (xruns, unplugs, stops)
    func spread(_ count: Int, _ place: (Double, Int) -> Void) {
      // None in the first and in the last ten seconds.
      let room = max(seconds - 20, 1)
      for n in 0..<count { place(10 + room * (Double(n) + 0.5) / Double(count), n) }
    }
    spread(xruns) { plan.append(($0, $1.isMultiple(of: 2) ? .captureXrun : .playbackXrun)) }
    spread(unplugs) { time, _ in plan += [(time + 1.3, .unplug), (time + 2.3, .plug)] }
    spread(stops) { time, _ in plan += [(time + 3.7, .stop), (time + 5.7, .go)] }
    plan.sort { $0.time < $1.time }
  }

  /// Does what is due.
  func advance(to time: Double) {
    while let next = plan.first, next.time <= time {
      plan.removeFirst()
      (last, grace) = (time, 1)
      switch next.kind {
      case .captureXrun: card.xrun(.capture)
      case .playbackXrun: card.xrun(.playback)
      case .unplug:
        card.isGone = true
        grace = 4
      case .plug:
        card.isGone = false
        grace = 3
      case .stop:
        kill(daemon.id, SIGSTOP)
        grace = 4
      case .go: kill(daemon.id, SIGCONT)
      }
    }
  }

  var isUnderWay: Bool { plan.first.map { $0.kind == .plug || $0.kind == .go } ?? false }

  func isCalm(_ time: Double) -> Bool { !isUnderWay && time - last > grace + 0.3 }
}

/// One reading.
struct Sample {
  var time = 0.0
  /// Milliseconds; `measured`: nil where nothing was said just then.
  var reported: Double?
  var target = 0.0
  var measured: Double?
  var isCalm = false
  var figures: [String: Double] = [:]
  var process = ProcessFigures()
}

/// Takes readings while trouble comes.
final class Session {
  private let card: VirtualCard
  private let daemon: Daemon
  private let every: Double
  private let meter: DelayMeter
  private(set) var samples: [Sample] = []

  init(card: VirtualCard, daemon: Daemon, every: Double) {
    (self.card, self.daemon, self.every) = (card, daemon, every)
    meter = DelayMeter(card, longest: 0.5)
  }

  func run(minutes: Double, _ trouble: Trouble) {
    let begun = VirtualCard.now()
    var next = 4.0
    print(Sample.heading)
    while daemon.isAlive, !endIsAsked.load(ordering: .relaxed) {
      let time = Double(VirtualCard.now() - begun) / 1e9
      if time > minutes * 60 { break }
      trouble.advance(to: time)
      if time >= next, !trouble.isUnderWay {
        next += every
        if let sample = sample(time, trouble) {
          samples.append(sample)
          print(sample.row)
          fflush(nil)
        }
      }
      usleep(50_000)
    }
  }

  private func sample(_ time: Double, _ trouble: Trouble) -> Sample? {
    guard let figures = daemon.figures() else { return nil }
    var sample = Sample()
    sample.time = time
    sample.figures = figures.compactMapValues { Double($0) }
    sample.isCalm = trouble.isCalm(time) && figures["output"] == "running"
    sample.target = (sample.figures["target_us"] ?? 0) / 1000
    sample.reported = sample.figures["latency_us"].map { $0 / 1000 }
    sample.process = ProcessFigures(daemon.id)
    if sample.isCalm {
      sample.measured = measure(seconds: min(2.5, time - trouble.last - trouble.grace), sample)
    }
    return sample
  }

  /// By the loudest quarter of a second of the last few.
  private func measure(seconds: Double, _ sample: Sample) -> Double? {
    guard seconds > 0.28, let (first, played) = meter.played(seconds: seconds, ago: 0.02) else {
      return nil
    }
    let rate = card.options.rates[0]
    let length = rate / 4
    var best = (place: 0, energy: 0.0)
    for place in stride(from: 0, through: played.count - length, by: rate / 50) {
      let energy = played[place..<place + length].reduce(0.0) { $0 + Double($1) * Double($1) }
      if energy > best.energy { best = (place, energy) }
    }
    guard best.energy > 1e-5 * Double(length) else { return nil }
    let piece = Array(played[best.place..<best.place + length])
    guard
      let reading = meter.reading(
        of: piece, playedFrom: first + best.place, near: sample.reported),
      reading.likeness > 0.7
    else { return nil }
    return reading.milliseconds
  }
}
