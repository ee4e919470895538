/// Owns memory that is asked for once and given back together, when it goes itself.
///
/// Plain pointers keep `step` free of reference counting, bounds checks and allocation.
final class Storage {
  private var blocks: [UnsafeMutableRawPointer] = []

  /// Zeroed, and aligned to a cache line, which is also the widest vector register.
  func zeros<T: BitwiseCopyable & AdditiveArithmetic>(_ count: Int) -> UnsafeMutablePointer<T> {
    let pointer: UnsafeMutablePointer<T> = uninitialized(count)
    pointer.initialize(repeating: .zero, count: count)
    return pointer
  }

  func copy<T: BitwiseCopyable>(_ values: [T]) -> UnsafePointer<T> {
    let pointer: UnsafeMutablePointer<T> = uninitialized(values.count)
    for (i, value) in values.enumerated() { (pointer + i).initialize(to: value) }
    return UnsafePointer(pointer)
  }

  private func uninitialized<T: BitwiseCopyable>(_ count: Int) -> UnsafeMutablePointer<T> {
    let bytes = max(count, 1) * MemoryLayout<T>.stride
    let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    blocks.append(block)
    return block.bindMemory(to: T.self, capacity: max(count, 1))
  }

  deinit {
    for block in blocks { block.deallocate() }
  }
}
