import Testing

/// Checks that must hold, unless it is known that they do not: then what fails is told as known.
func expectUnless(known: Bool, _ comment: Comment, _ checks: () -> Void) {
  if known {
    withKnownIssue(comment, isIntermittent: true) { checks() }
  } else {
    checks()
  }
}
