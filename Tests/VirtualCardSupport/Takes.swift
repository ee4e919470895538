import Synchronization
import Testing

/// Runs a test again that failed, three times in all; it passes if one take does.
///
/// For tests on the virtual card: a shared machine stops for tens of milliseconds now and then, for
/// every program on it, and no card's buffer outlasts that. A fault of ours spoils all takes. Takes
/// that failed are shown as known issues.
public struct Takes: TestTrait, SuiteTrait, TestScoping {
  let most: Int

  public var isRecursive: Bool { true }

  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    // Of a suite as such there is only one.
    guard testCase != nil else { return try await function() }
    for take in 1..<most {
      let hasFailed = Atomic(false)
      try await withKnownIssue("take \(take) of \(most)", isIntermittent: true) {
        try await function()
      } matching: { _ in
        hasFailed.store(true, ordering: .relaxed)
        return true
      }
      if !hasFailed.load(ordering: .relaxed) { return }
    }
    try await function()
  }
}

extension Trait where Self == Takes {
  /// Three takes.
  public static var takes: Takes { Takes(most: 3) }
}
