import Pipeline
import Testing

@testable import hushd

@Suite struct WatchdogTests {
  private func status(
    _ capture: SideState, _ output: SideState, hops: UInt64 = 0, rounds: UInt64 = 0
  ) -> EngineStatus {
    EngineStatus(
      capture: .init(capture, ""), output: .init(output, ""), hops: hops, rounds: rounds)
  }

  @Test func environment() {
    #expect(Watchdog(environment: [:]) == nil)
    #expect(Watchdog(environment: ["WATCHDOG_USEC": "0"]) == nil)
    #expect(Watchdog(environment: ["WATCHDOG_USEC": "many"]) == nil)
    #expect(Watchdog(environment: ["WATCHDOG_USEC": "18446744073709551615"]) == nil)
    let ours = ["WATCHDOG_USEC": "5000000", "WATCHDOG_PID": "12"]
    #expect(Watchdog(environment: ours, process: 12) != nil)
    #expect(Watchdog(environment: ours, process: 13) == nil)
  }

  @Test func notMoreOftenThanNeeded() {
    var dog = Watchdog(limit: 4000)
    let fed1 = dog.mayFeed(status(.running, .running, hops: 1), now: 0)
    #expect(fed1)
    let fed2 = dog.mayFeed(status(.running, .running, hops: 2), now: 999)
    #expect(!fed2)
    let fed3 = dog.mayFeed(status(.running, .running, hops: 2), now: 1000)
    #expect(fed3)
  }

  /// Waiting is honest only while the thread that waits goes its rounds.
  @Test(arguments: [SideState.waiting, .recovering]) func honestWaiting(_ state: SideState) {
    var dog = Watchdog(limit: 4000)
    let fed4 = dog.mayFeed(status(state, .running, rounds: 1), now: 0)
    #expect(fed4)
    let fed5 = dog.mayFeed(status(state, .running, rounds: 2), now: 2000)
    #expect(fed5)
    let fed6 = dog.mayFeed(status(state, .running, rounds: 2), now: 4000)
    #expect(!fed6)
    let fed7 = dog.mayFeed(status(.running, state, rounds: 3), now: 6000)
    #expect(fed7)
  }

  @Test(arguments: [SideState.running, .starting, .stopped]) func stuck(_ state: SideState) {
    var dog = Watchdog(limit: 4000)
    let fed8 = dog.mayFeed(status(state, state, hops: 7, rounds: 1), now: 0)
    #expect(fed8)
    let fed9 = dog.mayFeed(status(state, state, hops: 7, rounds: 2), now: 2000)
    #expect(!fed9)
  }
}
