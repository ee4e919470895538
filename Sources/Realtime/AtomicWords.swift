import Synchronization

/// Slots for values of several words, whose words are each read and written at once: a reader may
/// find a value half written, and has to know by other means, but never breaks a rule of memory.
struct AtomicWords<Value: BitwiseCopyable> {
  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  /// Words of a slot.
  private let length: Int

  init(slots: Int) {
    length = (MemoryLayout<Value>.size + 7) / 8
    let count = max(length * slots, 1)
    words = .allocate(capacity: count)
    for index in 0..<count { (words + index).initialize(to: Atomic<UInt64>(0)) }
  }

  func deallocate() { words.deallocate() }

  @inline(__always)
  func store(_ value: Value, in slot: Int) {
    let place = words + slot &* length
    withUnsafeBytes(of: value) { bytes in
      var index = 0
      while index < length {
        var word: UInt64 = 0
        let rest = min(bytes.count &- index &* 8, 8)
        withUnsafeMutableBytes(of: &word) { $0.copy(rest, from: bytes, at: index &* 8) }
        place[index].store(word, ordering: .relaxed)
        index &+= 1
      }
    }
  }

  @inline(__always)
  func load(_ slot: Int, into value: inout Value) {
    let place = words + slot &* length
    withUnsafeMutableBytes(of: &value) { bytes in
      var index = 0
      while index < length {
        let rest = min(bytes.count &- index &* 8, 8)
        withUnsafeBytes(of: place[index].load(ordering: .relaxed)) {
          UnsafeMutableRawBufferPointer(rebasing: bytes[(index &* 8)...]).copy(
            rest, from: $0, at: 0)
        }
        index &+= 1
      }
    }
  }

  /// For tests: the first word of a slot.
  func withFirst(of slot: Int, _ body: (borrowing Atomic<UInt64>) -> Void) {
    body(words[slot &* length])
  }
}

extension UnsafeMutableRawBufferPointer {
  @inline(__always)
  fileprivate func copy(_ count: Int, from source: UnsafeRawBufferPointer, at offset: Int) {
    guard count > 0, let target = baseAddress, let source = source.baseAddress else { return }
    target.copyMemory(from: source + offset, byteCount: count)
  }
}
