import CKernels
import KernelCheck
import Testing

/// Kernels this machine can run; `make test-isa` emulates the others.
struct Kernels: Sendable, CustomTestStringConvertible {
  let name: String

  var testDescription: String { name }

  var table: UnsafePointer<hush_kernels> {
    Self.pointers.first { String(cString: $0.pointee.name) == name }!
  }

  static let available = pointers.map { Kernels(name: String(cString: $0.pointee.name)) }

  private static var pointers: [UnsafePointer<hush_kernels>] {
    var count: Int32 = 0
    let first = hush_kernels_available(&count)!
    return (0..<Int(count)).map { first[$0]! }
  }
}

@Suite("Kernels")
struct KernelTests {
  @Test("matrices times vectors have the exact sums", arguments: Kernels.available)
  func matrices(_ kernels: Kernels) {
    for seed in UInt64(0)..<400 {
      let wrong = hush_check_matrices(kernels.table, seed).map { String(cString: $0) }
      #expect(wrong == nil)
    }
  }

  @Test("the steps between have the bits of their definition", arguments: Kernels.available)
  func steps(_ kernels: Kernels) {
    for seed in UInt64(0)..<400 {
      let wrong = hush_check_steps(kernels.table, seed).map { String(cString: $0) }
      #expect(wrong == nil)
    }
  }

  @Test("the check finds a wrong bit")
  func checked() {
    var broken = Kernels.available[0].table.pointee
    broken.s16_norm = { _, _, _, out, _ in out![0] = -1 }
    broken.s16_spmv = { matrix, _, sums, _ in
      for lane in 0..<Int(matrix!.pointee.lanes) { sums![lane] = 1 }
    }
    #expect(hush_check_steps(&broken, 1) != nil)
    #expect((UInt64(0)..<9).contains { hush_check_matrices(&broken, $0) != nil })
    broken = Kernels.available[0].table.pointee
    broken.s16_bsrmv = { matrix, _, sums, _ in
      for lane in 0..<Int(matrix!.pointee.lanes) { sums![lane] = 1 }
    }
    #expect((UInt64(0)..<9).contains { hush_check_matrices(&broken, $0) != nil })
  }

  @Test("a pattern N:16 is packed without fillers", arguments: [1, 2, 4, 8])
  func patterns(_ count: Int) throws {
    let kernels = Kernels.available[0].table
    let slots = Int(kernels.pointee.geometry.slots)
    let (rows, columns) = (64, 192)
    var weights = [Int8](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      for window in 0..<columns / 16 {
        // Spread about, otherwise in every row.
        for i in 0..<count {
          weights[row * columns + 16 * window + (i * 16 / count + row) % 16] = 1
        }
      }
    }
    let steps = weights.withUnsafeBufferPointer { weights in
      var source = hush_matrix_source(
        rows: Int32(rows), columns: Int32(columns), weights: weights.baseAddress, order: nil)
      let matrix = hush_matrix_pack(&source, kernels, hush_layout_sparse)!
      defer { hush_matrix_free(matrix) }
      return (0..<Int(matrix.pointee.tiles)).map { Int(matrix.pointee.lengths[$0]) }
    }
    let least = columns / 16 * count / slots
    #expect(steps.allSatisfy { $0 <= least + 1 }, "\(steps), at least \(least)")
  }

  /// Groups of rows that read three groups of 16 columns, as networks do that hear neighbouring bands.
  @Test("rows of neighbouring bands are packed without fillers", arguments: Kernels.available)
  func bands(_ kernels: Kernels) {
    let (groups, size) = (12, 16)
    let columns = groups * size
    var weights = [Int8](repeating: 0, count: columns * columns)
    var count = 0
    for row in 0..<columns {
      let group = row / size
      let near = max(group - 1, 0) * size..<min(group + 2, groups) * size
      // Rows differ in their counts: in that order, groups would mix.
      for column in near where (row + column) % 16 != 1 || row % 3 == 0 {
        weights[row * columns + column] = 1
        count += 1
      }
    }
    let layouts = [hush_layout_sparse, hush_layout_blocks, hush_layout_smallest]
    let packed = layouts.map { layout in
      weights.withUnsafeBufferPointer { weights in
        var source = hush_matrix_source(
          rows: Int32(columns), columns: Int32(columns), weights: weights.baseAddress, order: nil)
        let matrix = hush_matrix_pack(&source, kernels.table, layout)!
        defer { hush_matrix_free(matrix) }
        return (layout: matrix.pointee.layout, bytes: matrix.pointee.bytes)
      }
    }
    // A step is its words and where it begins. By their counts: two words a weight and more.
    let geometry = kernels.table.pointee.geometry
    let wordsOfStep = Int64(geometry.rows * geometry.slots)
    let words = packed[0].bytes / (2 * wordsOfStep + 2) * wordsOfStep
    #expect(Double(words) < 1.15 * Double(count), "\(kernels): \(words) for \(count) weights")
    // A byte a weight, for the few zeros within the bands as well, and where each block begins.
    let blocks = (3 * groups - 2) * size * size / Self.blockSize
    #expect(packed[1].bytes == Int64(blocks * (Self.blockSize + 2)))
    #expect(packed[2].layout == hush_layout_blocks)
  }

  @Test("a matrix is packed in the layout that reads least", arguments: Kernels.available)
  func layouts(_ kernels: Kernels) {
    for (oneIn, expected) in [
      (1, hush_layout_dense), (2, hush_layout_dense), (5, hush_layout_sparse),
      (10, hush_layout_sparse),
    ] {
      let weights = (0..<64 * 192).map { Int8($0 * 7919 % 1009 % oneIn == 0 ? 1 : 0) }
      let (layout, bytes) = weights.withUnsafeBufferPointer { weights in
        var source = hush_matrix_source(
          rows: 64, columns: 192, weights: weights.baseAddress, order: nil)
        let matrix = hush_matrix_pack(&source, kernels.table, hush_layout_smallest)!
        defer { hush_matrix_free(matrix) }
        return (matrix.pointee.layout, matrix.pointee.bytes)
      }
      #expect(layout == expected, "1 in \(oneIn)")
      #expect(bytes <= 64 * 192)
    }
  }

  private static let blockSize = Int(hush_block_rows * hush_block_columns)

  /// Two kinds of rows, each behind one another, as a decoder has gains and phases of the same bands.
  @Test("rows that begin in the same columns share blocks", arguments: Kernels.available)
  func begins(_ kernels: Kernels) {
    let (bands, each) = (8, 8)
    let (rows, columns) = (2 * bands * each, bands * 16)
    var weights = [Int8](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      let band = row / each % bands
      for column in 16 * band..<16 * band + 16 { weights[row * columns + column] = 1 }
    }
    weights.withUnsafeBufferPointer { weights in
      var source = hush_matrix_source(
        rows: Int32(rows), columns: Int32(columns), weights: weights.baseAddress, order: nil)
      let matrix = hush_matrix_pack(&source, kernels.table, hush_layout_blocks)!
      defer { hush_matrix_free(matrix) }
      #expect(matrix.pointee.bytes == Int64(rows * 16 / Self.blockSize * (Self.blockSize + 2)))
    }
  }
}
