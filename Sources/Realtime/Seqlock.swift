import Synchronization

/// A value that one thread changes and any number of others read, whole, the newest.
///
/// A plain sequence lock keeps one copy, and its readers spin while the writer is half done: for
/// ever, if the reader is the more urgent thread on the writer's own CPU. Here the writer goes round
/// four copies and then says which is the newest, so a writer that stands still holds nobody up; a
/// reader starts again only when three stores have overtaken it meanwhile.
///
/// The copies are relaxed atomic words, so that reading one that is being overwritten is no data
/// race but only to be thrown away; the fences tell when it was. See H.-J. Boehm, "Can seqlocks get
/// along with programming language memory models?", MSPC 2012.
public final class Seqlock<Value: BitwiseCopyable & Sendable>: @unchecked Sendable {
  private static var copies: UInt64 { 4 }

  /// How many stores there have been; the newest copy is the one of this number modulo 4.
  private let stores: SharedWord
  private let words: AtomicWords<Value>
  private let initial: Value

  public convenience init(_ value: Value) {
    self.init(value, start: 0)
  }

  init(_ value: Value, start: UInt64) {
    initial = value
    stores = SharedWord(start)
    words = AtomicWords(slots: Int(Self.copies))
    // Also where the language runtime looks up generic types, and allocates.
    store(value)
    _ = load()
  }

  deinit {
    words.deallocate()
    stores.deallocate()
  }

  /// The one writer replaces the value.
  public func store(_ value: Value) {
    let next = stores.relaxed &+ 1
    // A reader that sees a word of the new copy, then also sees that three newer ones than the copy
    // it overwrites have been published.
    atomicMemoryFence(ordering: .releasing)
    words.store(value, in: slot(next))
    stores.publish(next)
  }

  /// The newest value.
  public func load() -> Value {
    var value = initial
    while true {
      let number = stores.acquired
      words.load(slot(number), into: &value)
      atomicMemoryFence(ordering: .acquiring)
      // The copy is overwritten by the fourth store from its own, which begins after the third.
      if stores.relaxed &- number < Self.copies &- 1 { return value }
    }
  }

  /// For tests: changes the copy that the next store will write, as a store that stops half-way.
  func beginCopy(_ body: (borrowing Atomic<UInt64>) -> Void) {
    words.withFirst(of: slot(stores.relaxed &+ 1), body)
  }

  @inline(__always)
  private func slot(_ number: UInt64) -> Int {
    Int(truncatingIfNeeded: number % Self.copies)
  }
}
