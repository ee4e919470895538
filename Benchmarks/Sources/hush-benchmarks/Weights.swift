import CKernels
import Contenders

@testable import S5

/// A call of a kernel, so plain that a list of them costs next to nothing to go through.
struct Product: BitwiseCopyable {
  let multiply:
    (
      @convention(c) (
        UnsafePointer<hush_matrix>?, UnsafePointer<Int16>?, UnsafeMutablePointer<Int32>?,
        UnsafeMutableRawPointer?
      ) -> Void
    )?
  let multiplyNarrow:
    (
      @convention(c) (
        UnsafePointer<hush_matrix>?, UnsafePointer<Int8>?, UnsafeMutablePointer<Int32>?,
        UnsafeMutableRawPointer?
      ) -> Void
    )?
  let matrix: UnsafePointer<hush_matrix>
  let x: UnsafePointer<Int16>
  let sums: UnsafeMutablePointer<Int32>
  let scratch: UnsafeMutableRawPointer

  @inline(__always)
  func run() {
    if let multiply {
      multiply(matrix, x, sums, scratch)
    } else if let multiplyNarrow {
      multiplyNarrow(
        matrix, UnsafeRawPointer(x).assumingMemoryBound(to: Int8.self), sums, scratch)
    }
  }
}

/// A matrix in every form it is timed in.
final class Weights {
  let name: String
  let rows: Int
  let columns: Int
  let dense: [Int8]
  private let starts: [Int32]
  private let places: [UInt16]
  private let values: [Int8]
  private let floats: [Float]
  private let x: UnsafeMutablePointer<Int16>
  private let floatX: [Float]
  private let sums: UnsafeMutablePointer<Int32>
  private let floatSums: UnsafeMutablePointer<Float>
  private let scratch: UnsafeMutableRawPointer

  init(_ name: String, rows: Int, columns: Int, _ dense: [Int8]) {
    (self.name, self.rows, self.columns, self.dense) = (name, rows, columns, dense)
    var (starts, places, values) = ([Int32(0)], [UInt16](), [Int8]())
    for row in 0..<rows {
      for column in 0..<columns where dense[row * columns + column] != 0 {
        places.append(UInt16(column))
        values.append(dense[row * columns + column])
      }
      starts.append(Int32(places.count))
    }
    (self.starts, self.places, self.values) = (starts, places, values)
    floats = dense.map(Float.init)
    x = .allocate(capacity: columns)
    for c in 0..<columns { (x + c).initialize(to: Int16(truncatingIfNeeded: c &* 7919)) }
    floatX = (0..<columns).map { Float($0) }
    sums = .allocate(capacity: rows + 64)
    sums.initialize(repeating: 0, count: rows + 64)
    floatSums = .allocate(capacity: rows)
    floatSums.initialize(repeating: 0, count: rows)
    scratch = .allocate(byteCount: Int(hush_scratch_bytes(Int32(columns))), alignment: 64)
  }

  /// A product by these kernels, with activations of 16 bits.
  func product(_ kernels: UnsafePointer<hush_kernels>, _ layout: hush_layout) -> Product {
    let table = kernels.pointee
    return Product(
      multiply: layout == hush_layout_dense ? table.s16_gemv : table.s16_spmv,
      multiplyNarrow: nil, matrix: pack(kernels, layout), x: x, sums: sums, scratch: scratch)
  }

  /// The same with activations of 8 bits.
  func narrowProduct(_ kernels: UnsafePointer<hush_kernels>, _ layout: hush_layout) -> Product {
    let table = kernels.pointee
    return Product(
      multiply: nil,
      multiplyNarrow: layout == hush_layout_dense ? table.s8_gemv : table.s8_spmv,
      matrix: pack(kernels, layout), x: x, sums: sums, scratch: scratch)
  }

  private func pack(
    _ kernels: UnsafePointer<hush_kernels>, _ layout: hush_layout
  ) -> UnsafeMutablePointer<hush_matrix> {
    dense.withUnsafeBufferPointer {
      var source = hush_matrix_source(
        rows: Int32(rows), columns: Int32(columns), weights: $0.baseAddress, order: nil)
      return hush_matrix_pack(&source, kernels, layout)!
    }
  }

  /// Words of the packed form, fillers and all; `aligned` is whether windows stay where they are,
  /// `ordered` whether rows are ordered.
  func words(_ kernels: UnsafePointer<hush_kernels>, aligned: Bool, ordered: Bool) -> Int {
    var table = kernels.pointee
    if aligned { table.geometry.align = table.geometry.window }
    let order = (0..<Int32(rows)).map { $0 }
    return dense.withUnsafeBufferPointer { weights in
      order.withUnsafeBufferPointer { order in
        var source = hush_matrix_source(
          rows: Int32(rows), columns: Int32(columns), weights: weights.baseAddress,
          order: ordered ? nil : order.baseAddress)
        let matrix = hush_matrix_pack(&source, &table, hush_layout_sparse)!
        defer { hush_matrix_free(matrix) }
        let steps = (0..<Int(matrix.pointee.tiles)).reduce(0) {
          $0 + Int(matrix.pointee.lengths[$1])
        }
        return steps * Int(table.geometry.rows * table.geometry.slots)
      }
    }
  }

  var nonZeros: Int { values.count }

  func multiplyCSR() {
    starts.withUnsafeBufferPointer { starts in
      places.withUnsafeBufferPointer { places in
        values.withUnsafeBufferPointer {
          csr_multiply(
            Int32(rows), starts.baseAddress, places.baseAddress, $0.baseAddress, x, sums)
        }
      }
    }
  }

  func multiplyFloats() {
    floats.withUnsafeBufferPointer { floats in
      floatX.withUnsafeBufferPointer {
        float_multiply(
          Int32(rows), Int32(columns), floats.baseAddress, $0.baseAddress, floatSums)
      }
    }
  }

  /// The network's matrices at some pattern: random weights at random places.
  static func random(like model: Model, _ pattern: Pattern, density: Double = 0.1) -> [Weights] {
    var random = SystemRandomNumberGenerator()
    return model.layers.map { layer in
      let (rows, columns) = (layer.rows, layer.columns)
      var dense = [Int8](repeating: 0, count: rows * columns)
      for row in 0..<rows {
        switch pattern {
        case .window16(let count):
          for start in stride(from: 0, to: columns, by: 16) {
            for place in (0..<16).shuffled(using: &random).prefix(count)
            where start + place < columns {
              dense[row * columns + start + place] = Int8.random(in: 1...127)
            }
          }
        default:
          for column in 0..<columns where Double.random(in: 0..<1) < density {
            dense[row * columns + column] = Int8.random(in: 1...127)
          }
        }
      }
      return Weights(layer.name, rows: rows, columns: columns, dense)
    }
  }

  static func of(_ model: Model) -> [Weights] {
    model.layers.map {
      Weights($0.name, rows: $0.rows, columns: $0.columns, $0.weights)
    }
  }
}

extension Model {
  /// Every matrix, in the order in which a step uses them.
  var layers: [Matrix] {
    [encoder.matrix] + blocks.flatMap { [$0.drive.matrix, $0.output.matrix, $0.gate.matrix] }
      + [decoder.matrix]
  }
}
