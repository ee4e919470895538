import CKernels

/// The instructions a network is computed with. The results are the same to the last bit.
public struct Kernels: Sendable, Hashable, CustomStringConvertible {
  /// "avx512vnni", "avx2", "ssse3", "dotprod", "neon" or "scalar".
  public let name: String
  private let index: Int

  public var description: String { name }

  /// The fastest this processor has, or those the environment's HUSH_ISA names if it has them.
  public static var chosen: Kernels {
    let name = String(cString: hush_kernels_chosen().pointee.name)
    return available.first { $0.name == name }!
  }

  /// All that this processor can run, the fastest first.
  public static var available: [Kernels] {
    tables.enumerated().map { Kernels(name: String(cString: $1.pointee.name), index: $0) }
  }

  var table: hush_kernels { Self.tables[index].pointee }

  private static var tables: [UnsafePointer<hush_kernels>] {
    var count: Int32 = 0
    guard let first = hush_kernels_available(&count) else { return [] }
    return (0..<Int(count)).compactMap { first[$0] }
  }
}
