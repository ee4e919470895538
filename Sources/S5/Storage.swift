import CKernels

/// Owns memory that is asked for once and given back together, when it goes itself.
///
/// Plain pointers keep `step` free of reference counting, bounds checks and allocation.
final class Storage {
  private var blocks: [UnsafeMutableRawPointer] = []
  private var matrices: [UnsafeMutablePointer<hush_matrix>] = []

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

  /// A copy with zeros up to whole vectors.
  func padded<T: BitwiseCopyable & AdditiveArithmetic>(_ values: [T]) -> UnsafePointer<T> {
    copy(values + [T](repeating: .zero, count: vectorPadded(values.count) - values.count))
  }

  /// Bytes that nobody reads before they are written.
  func scratch(_ bytes: Int) -> UnsafeMutableRawPointer {
    let pointer: UnsafeMutablePointer<UInt8> = zeros(bytes)
    return UnsafeMutableRawPointer(pointer)
  }

  /// A matrix, [rows, columns], packed for the kernels; `order` is the row for each lane, or nil.
  func packed(
    rows: Int, columns: Int, weights: [Int8], order: [Int32]?, _ packing: Packing
  ) -> UnsafePointer<hush_matrix> {
    precondition(weights.count == rows * columns)
    let matrix = weights.withUnsafeBufferPointer { weights in
      (order ?? []).withUnsafeBufferPointer { rowOrder in
        var source = hush_matrix_source(
          rows: Int32(rows), columns: Int32(columns), weights: weights.baseAddress,
          order: order == nil ? nil : rowOrder.baseAddress)
        return withUnsafePointer(to: packing.kernels) {
          hush_matrix_pack(&source, $0, packing.layout)
        }
      }
    }
    guard let matrix else { fatalError("no memory for a matrix of \(rows) x \(columns)") }
    matrices.append(matrix)
    return UnsafePointer(matrix)
  }

  private func uninitialized<T: BitwiseCopyable>(_ count: Int) -> UnsafeMutablePointer<T> {
    let bytes = max(count, 1) * MemoryLayout<T>.stride
    let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    blocks.append(block)
    return block.bindMemory(to: T.self, capacity: max(count, 1))
  }

  deinit {
    for block in blocks { block.deallocate() }
    for matrix in matrices { hush_matrix_free(matrix) }
  }
}
