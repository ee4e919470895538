/// A small compressor in the format of RFC 1951: one block, matches found by a hash of three bytes,
/// the fixed codes of section 3.2.6.
///
/// Spectrograms are nearly noise, so little is gained by more. Runs of one colour, such as silence,
/// become short.
enum Deflate {
  static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var out = BitWriter()
    out.put(1, 1)
    out.put(1, 2)
    var last = [Int](repeating: -1, count: 1 << 15)
    var i = 0
    while i < bytes.count {
      var length = 0
      var distance = 0
      if i + 3 <= bytes.count {
        let key = (Int(bytes[i]) << 10 ^ Int(bytes[i + 1]) << 5 ^ Int(bytes[i + 2])) & 0x7fff
        let candidate = last[key]
        last[key] = i
        if candidate >= 0, i - candidate <= 32_768 {
          let most = min(258, bytes.count - i)
          while length < most, bytes[candidate + length] == bytes[i + length] { length += 1 }
          distance = i - candidate
        }
      }
      if length >= 4 {
        out.match(length: length, distance: distance)
        i += length
      } else {
        out.literal(Int(bytes[i]))
        i += 1
      }
    }
    out.literal(256)
    return out.finish()
  }

  private struct BitWriter {
    private var bytes: [UInt8] = []
    private var pending: UInt64 = 0
    private var count: UInt64 = 0

    /// The lowest bit first.
    mutating func put(_ value: Int, _ bits: Int) {
      pending |= UInt64(value) << count
      count += UInt64(bits)
      while count >= 8 {
        bytes.append(UInt8(truncatingIfNeeded: pending))
        pending >>= 8
        count -= 8
      }
    }

    /// The highest bit first, as Huffman codes are.
    mutating func code(_ value: Int, _ bits: Int) {
      var reversed = 0
      for k in 0..<bits where value >> k & 1 != 0 { reversed |= 1 << (bits - 1 - k) }
      put(reversed, bits)
    }

    mutating func literal(_ symbol: Int) {
      switch symbol {
      case ..<144: code(0x30 + symbol, 8)
      case ..<256: code(0x190 + symbol - 144, 9)
      case ..<280: code(symbol - 256, 7)
      default: code(0xc0 + symbol - 280, 8)
      }
    }

    mutating func match(length: Int, distance: Int) {
      if length == 258 {
        literal(285)
      } else {
        // Four symbols for each doubling of the length, after the first eight.
        let offset = length - 3
        let extra = offset < 8 ? 0 : Int.bitWidth - 3 - offset.leadingZeroBitCount
        literal(257 + 4 * extra + (offset >> extra))
        put(offset & (1 << extra - 1), extra)
      }
      let offset = distance - 1
      let extra = offset < 4 ? 0 : Int.bitWidth - 2 - offset.leadingZeroBitCount
      code(2 * extra + (offset >> extra), 5)
      put(offset & (1 << extra - 1), extra)
    }

    mutating func finish() -> [UInt8] {
      put(0, Int((8 - count) % 8))
      return bytes
    }
  }
}
