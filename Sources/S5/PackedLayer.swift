import CKernels

/// A matrix with what follows on its sums: bias, then a right shift, rounded; and perhaps what goes
/// before, the 7 bits of its input that it reads.
///
/// The kernels take rows in an order of their own, so sums come as lanes: lane `l` is row
/// `order[l]`. What is applied lane by lane is kept in that order, and `places` finds a row again.
struct PackedLayer: BitwiseCopyable {
  private typealias Product =
    @convention(c) (
      UnsafePointer<hush_matrix>?, UnsafePointer<Int16>?, UnsafeMutablePointer<Int32>?,
      UnsafeMutableRawPointer?
    ) -> Void
  private typealias NarrowProduct =
    @convention(c) (
      UnsafePointer<hush_matrix>?, UnsafePointer<Int8>?, UnsafeMutablePointer<Int32>?,
      UnsafeMutableRawPointer?
    ) -> Void

  let matrix: UnsafePointer<hush_matrix>
  let rows: Int
  /// Lanes, filled up to whole vectors.
  let count: Int32
  /// The bits of its input that it drops at the low end, to read 7; below 0: it reads all 16.
  let narrow: Int32
  private let product: Product
  private let narrowProduct: NarrowProduct
  /// For each lane the bias, and the rounding of the shift if it is one to the right.
  let offset: UnsafePointer<Int32>
  /// For each lane a right shift; `left` has those below 0.
  let right: UnsafePointer<Int32>
  let left: UnsafePointer<Int32>
  /// The row of each lane; 0 for fillers.
  let order: UnsafePointer<UInt16>
  /// The lane of each row.
  let places: UnsafePointer<UInt16>
  /// Whether each row is the lane of its number, so that nothing has to be put back into place.
  let isInOrder: Bool

  /// - Parameter order: the row for each lane, or nil for the one that packs best.
  init(
    _ layer: Model.Layer, order: [Int32]? = nil, _ packing: Packing, in storage: Storage
  ) {
    self.init(
      rows: layer.matrix.rows, columns: layer.matrix.columns, weights: layer.matrix.weights,
      bias: layer.bias, shift: layer.shift, narrow: layer.narrow, order: order, packing,
      in: storage)
  }

  init(
    rows: Int, columns: Int, weights: [Int8], bias: [Int32], shift: [Int8], narrow: Int? = nil,
    order: [Int32]?, _ packing: Packing, in storage: Storage
  ) {
    let matrix = storage.packed(
      rows: rows, columns: columns, weights: weights, order: order, packing)
    self.matrix = matrix
    self.rows = rows
    self.narrow = narrow.map { Int32($0) } ?? -1
    let kernels = packing.kernels
    (product, narrowProduct) =
      switch matrix.pointee.layout {
      case hush_layout_dense: (kernels.s16_gemv, kernels.s8_gemv)
      case hush_layout_blocks: (kernels.s16_bsrmv, kernels.u7_bsrmv)
      default: (kernels.s16_spmv, kernels.s8_spmv)
      }
    let lanes = Int(matrix.pointee.lanes)
    count = Int32(vectorPadded(lanes))
    var (offset, right, left) = ([Int32](), [Int32](), [Int32]())
    var (inOrder, places) = ([UInt16](), [UInt16](repeating: 0, count: rows))
    for lane in 0..<lanes {
      let row = Int(matrix.pointee.order[lane])
      guard row >= 0 else {
        offset.append(0)
        right.append(0)
        left.append(0)
        inOrder.append(0)
        continue
      }
      let amount = Int32(shift[row])
      offset.append(bias[row] &+ rounding(max(amount, 0)))
      right.append(max(amount, 0))
      left.append(max(-amount, 0))
      inOrder.append(UInt16(row))
      places[row] = UInt16(lane)
    }
    isInOrder = places.indices.allSatisfy { places[$0] == $0 }
    self.offset = storage.padded(offset)
    self.right = storage.padded(right)
    self.left = storage.padded(left)
    self.order = storage.padded(inOrder)
    self.places = storage.padded(places)
  }

  /// `sums` becomes the matrix times the vector, exactly, lane by lane.
  ///
  /// They cannot overflow: the model's reader has seen to that.
  @inline(__always)
  func multiply(
    _ vector: UnsafePointer<Int16>, into sums: UnsafeMutablePointer<Int32>,
    _ scratch: UnsafeMutableRawPointer
  ) {
    product(matrix, vector, sums, scratch)
  }

  /// The same of a vector of 7 bits.
  @inline(__always)
  func multiply(
    _ vector: UnsafePointer<Int8>, into sums: UnsafeMutablePointer<Int32>,
    _ scratch: UnsafeMutableRawPointer
  ) {
    narrowProduct(matrix, vector, sums, scratch)
  }
}

/// Up to a multiple of what the kernels work on at a time.
func vectorPadded(_ count: Int) -> Int { (count + 63) & ~63 }
