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
  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  /// Words of a copy.
  private let length: Int
  private let initial: Value

  public convenience init(_ value: Value) {
    self.init(value, start: 0)
  }

  init(_ value: Value, start: UInt64) {
    initial = value
    length = (MemoryLayout<Value>.size + 7) / 8
    stores = SharedWord(start)
    let count = max(length * Int(Self.copies), 1)
    words = .allocate(capacity: count)
    for index in 0..<count { (words + index).initialize(to: Atomic<UInt64>(0)) }
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
    let copy = words + place(next)
    withUnsafeBytes(of: value) { bytes in
      var index = 0
      while index < length {
        var word: UInt64 = 0
        let rest = min(bytes.count &- index &* 8, 8)
        withUnsafeMutableBytes(of: &word) { $0.copy(rest, from: bytes, at: index &* 8) }
        copy[index].store(word, ordering: .relaxed)
        index &+= 1
      }
    }
    stores.publish(next)
  }

  /// The newest value.
  public func load() -> Value {
    var value = initial
    while true {
      let number = stores.acquired
      let copy = words + place(number)
      withUnsafeMutableBytes(of: &value) { bytes in
        var index = 0
        while index < length {
          let rest = min(bytes.count &- index &* 8, 8)
          withUnsafeBytes(of: copy[index].load(ordering: .relaxed)) {
            UnsafeMutableRawBufferPointer(rebasing: bytes[(index &* 8)...]).copy(
              rest, from: $0, at: 0)
          }
          index &+= 1
        }
      }
      atomicMemoryFence(ordering: .acquiring)
      // The copy is overwritten by the fourth store from its own, which begins after the third.
      if stores.relaxed &- number < Self.copies &- 1 { return value }
    }
  }

  /// For tests: changes the copy that the next store will write, as a store that stops half-way.
  func beginCopy(_ body: (borrowing Atomic<UInt64>) -> Void) {
    body(words[place(stores.relaxed &+ 1)])
  }

  @inline(__always)
  private func place(_ number: UInt64) -> Int {
    Int(truncatingIfNeeded: number % Self.copies) &* length
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Copies bytes to the start.
  @inline(__always)
  fileprivate func copy(_ count: Int, from source: UnsafeRawBufferPointer, at offset: Int) {
    guard count > 0, let target = baseAddress, let source = source.baseAddress else { return }
    target.copyMemory(from: source + offset, byteCount: count)
  }
}
