import Synchronization
import Testing

/// Runs a test again that failed, and believes the third failure.
///
/// For tests on the virtual card: a shared machine stops for tens of milliseconds now and then, for
/// every program on it, and no card's buffer outlasts that. A fault of ours spoils all takes. A take
/// that failed while the machine stood still (``Stalls``) says nothing about Hush and does not count;
/// where there is no other kind, the test is cancelled and says why, for it cannot be judged there.
/// Takes that failed are shown as known issues.
public struct Takes: TestTrait, SuiteTrait, TestScoping {
  /// Failures that are believed.
  let most: Int
  /// A take is spoilt by a stall of so many nanoseconds.
  private static let stall: UInt64 = 10_000_000
  /// No test is asked again after so many takes or so many nanoseconds.
  private static let mostTakes = 8
  private static let patience: UInt64 = 20_000_000_000
  /// Nanoseconds that all tests have lost with spoilt takes; when it is this much, the machine is not one
  /// to wait for, and a test has as many takes as it has failures.
  private static let lost = Atomic<UInt64>(0)
  private static let mostLost: UInt64 = 120_000_000_000

  public var isRecursive: Bool { true }

  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    // Of a suite as such there is only one.
    guard testCase != nil else { return try await function() }
    let begin = VirtualCard.now()
    var failures = 0
    var take = 0
    var longest: UInt64 = 0
    while failures < most {
      take += 1
      let mostTakes = Self.lost.load(ordering: .relaxed) < Self.mostLost ? Self.mostTakes : most
      if take > mostTakes || VirtualCard.now() - begin > Self.patience {
        try Test.cancel(
          "not judged: the machine stood still for up to \(longest / 1_000_000) ms in \(take - 1) takes"
        )
      }
      let start = VirtualCard.now()
      let stalls = Stalls()
      defer { stalls.end() }
      let hasFailed = Atomic(false)
      let isLast = failures == most - 1
      try await withKnownIssue("take \(take)", isIntermittent: true) {
        try await function()
      } matching: { _ in
        hasFailed.store(true, ordering: .relaxed)
        return !isLast || stalls.longest >= Self.stall
      }
      if !hasFailed.load(ordering: .relaxed) { return }
      longest = max(longest, stalls.longest)
      if stalls.longest < Self.stall {
        failures += 1
      } else {
        Self.lost.add(VirtualCard.now() - start, ordering: .relaxed)
      }
    }
  }
}

extension Trait where Self == Takes {
  /// Three failures.
  public static var takes: Takes { Takes(most: 3) }
}
