import Synchronization

/// Hands an object to a real-time thread, which neither counts references nor frees.
///
/// Whoever gets an object out owns its reference: it is to be released, or put to use and handed
/// back through a second mailbox. What is still inside at the end is released.
public final class Mailbox<T: AnyObject>: @unchecked Sendable {
  private let word = Atomic<UInt>(0)

  public init() {
    // The language runtime looks up generic types, and allocates, where code runs first: here, with
    // the mailbox itself in the place of an object that nobody looks into.
    _ = post(.fromOpaque(Unmanaged.passUnretained(self).toOpaque()))
    _ = take()
  }

  deinit { take()?.release() }

  /// Puts an object in; its reference goes with it.
  ///
  /// - Returns: what lay there, not yet taken, for the caller to release.
  public func post(_ new: Unmanaged<T>?) -> Unmanaged<T>? {
    // Releases the object's contents to the taker; acquires those of what is got back.
    object(word.exchange(bits(new), ordering: .acquiringAndReleasing))
  }

  /// Takes what lies there, nil if nothing does.
  public func take() -> Unmanaged<T>? {
    // Mostly it is empty: a load alone does not take the cache line from the poster.
    guard word.load(ordering: .relaxed) != 0 else { return nil }
    return object(word.exchange(0, ordering: .acquiring))
  }

  private func bits(_ object: Unmanaged<T>?) -> UInt {
    object.map { UInt(bitPattern: $0.toOpaque()) } ?? 0
  }

  private func object(_ bits: UInt) -> Unmanaged<T>? {
    UnsafeRawPointer(bitPattern: bits).map { Unmanaged.fromOpaque($0) }
  }
}
