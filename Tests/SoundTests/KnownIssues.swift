import Testing

/// Checks that must hold, unless it is known that they do not: then what fails is told as known.
func expectUnless(known: Bool, _ comment: Comment, _ checks: () -> Void) {
  if known {
    withKnownIssue(comment, isIntermittent: true) { checks() }
  } else {
    checks()
  }
}

/// The same where a figure in dB is known, or nil: it may not become worse by 2 dB.
func expectUnless(
  known: Double?, of measured: Double, told: String, _ comment: Comment,
  sourceLocation: SourceLocation = #_sourceLocation, _ checks: () -> Void
) {
  if let known { #expect(measured < known + 2, "\(told)", sourceLocation: sourceLocation) }
  expectUnless(known: known != nil, comment, checks)
}
