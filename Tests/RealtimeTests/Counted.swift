import AllocationCounter

/// What a piece of code asked of the allocator and of pthread's locks.
struct Cost: Equatable, CustomStringConvertible {
  var allocations = 0
  var locks = 0

  static let none = Cost()

  /// The worst of a few runs after one that does not count, in which the language runtime looks up
  /// the types of the test itself.
  static func ofCalling(_ body: () -> Void) -> Cost {
    body()
    var worst = Cost()
    for _ in 0..<5 {
      let (allocations, locks) = (hush_allocation_count(), hush_lock_count())
      body()
      worst.allocations = max(worst.allocations, hush_allocation_count() - allocations)
      worst.locks = max(worst.locks, hush_lock_count() - locks)
    }
    return worst
  }

  var description: String { "\(allocations) allocations, \(locks) locks" }
}
