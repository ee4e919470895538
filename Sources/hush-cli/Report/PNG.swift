/// A picture file of at most 64 colours; the Portable Network Graphics specification is ISO/IEC
/// 15948.
enum PNG {
  /// - Parameters:
  ///   - pixels: one byte each, row by row from the top, all below `palette.count`.
  ///   - palette: colours, red, green and blue.
  static func encode(
    width: Int, height: Int, pixels: [UInt8], palette: [(UInt8, UInt8, UInt8)]
  ) -> [UInt8] {
    var raw: [UInt8] = []
    raw.reserveCapacity((width + 1) * height)
    for row in 0..<height {
      raw.append(0)
      raw.append(contentsOf: pixels[(row * width)..<((row + 1) * width)])
    }
    var file: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    append(&file, "IHDR", word(UInt32(width)) + word(UInt32(height)) + [8, 3, 0, 0, 0])
    append(&file, "PLTE", palette.flatMap { [$0.0, $0.1, $0.2] })
    append(&file, "IDAT", zlib(raw))
    append(&file, "IEND", [])
    return file
  }

  private static func word(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func append(_ file: inout [UInt8], _ type: String, _ body: [UInt8]) {
    let chunk = Array(type.utf8) + body
    file += word(UInt32(body.count)) + chunk + word(crc(chunk))
  }

  private static let crcTable: [UInt32] = (0..<256).map { n in
    (0..<8).reduce(UInt32(n)) { c, _ in c & 1 != 0 ? 0xedb8_8320 ^ (c >> 1) : c >> 1 }
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(0xffff_ffff as UInt32) { crcTable[Int(($0 ^ UInt32($1)) & 255)] ^ ($0 >> 8) }
  }

  private static func zlib(_ bytes: [UInt8]) -> [UInt8] {
    var a: UInt32 = 1
    var b: UInt32 = 0
    for byte in bytes {
      a = (a + UInt32(byte)) % 65_521
      b = (b + a) % 65_521
    }
    return [0x78, 0x01] + Deflate.encode(bytes) + word(b << 16 | a)
  }
}
