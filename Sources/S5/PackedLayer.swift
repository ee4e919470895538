import CKernels

/// A matrix with what follows on its sums: bias, then a right shift, rounded.
///
/// The kernels take rows in an order of their own, so sums come as lanes: lane `l` is row
/// `order[l]`. What is applied lane by lane is kept in that order, and `places` finds a row again.
struct PackedLayer: BitwiseCopyable {
  private typealias Product =
    @convention(c) (
      UnsafePointer<hush_matrix>?, UnsafePointer<Int16>?, UnsafeMutablePointer<Int32>?,
      UnsafeMutableRawPointer?
    ) -> Void

  let matrix: UnsafePointer<hush_matrix>
  let rows: Int
  /// Lanes, filled up to whole vectors.
  let count: Int32
  private let product: Product
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
      bias: layer.bias, shift: layer.shift, order: order, packing, in: storage)
  }

  init(
    rows: Int, columns: Int, weights: [Int8], bias: [Int32], shift: [Int8], order: [Int32]?,
    _ packing: Packing, in storage: Storage
  ) {
    let matrix = storage.packed(
      rows: rows, columns: columns, weights: weights, order: order, packing)
    self.matrix = matrix
    self.rows = rows
    product =
      switch matrix.pointee.layout {
      case hush_layout_dense: packing.kernels.s16_gemv
      case hush_layout_blocks: packing.kernels.s16_bsrmv
      default: packing.kernels.s16_spmv
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
}

/// Up to a multiple of what the kernels work on at a time.
func vectorPadded(_ count: Int) -> Int { (count + 63) & ~63 }
