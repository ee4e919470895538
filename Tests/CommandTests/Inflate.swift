/// Undoes what `Deflate` writes: one block of the fixed codes of RFC 1951.
enum Inflate {
  enum Problem: Error { case format }

  static func decode(_ bytes: [UInt8]) throws -> [UInt8] {
    var place = 0
    func bit() throws -> Int {
      guard place / 8 < bytes.count else { throw Problem.format }
      defer { place += 1 }
      return Int(bytes[place / 8] >> UInt8(place % 8)) & 1
    }
    func low(_ count: Int) throws -> Int {
      try (0..<count).reduce(0) { $0 | (try bit()) << $1 }
    }
    func high(_ count: Int) throws -> Int {
      try (0..<count).reduce(0) { value, _ in value << 1 | (try bit()) }
    }
    func symbol() throws -> Int {
      var code = try high(7)
      if code < 24 { return 256 + code }
      code = code << 1 | (try bit())
      if code < 0xc0 { return code - 0x30 }
      if code < 0xc8 { return 280 + code - 0xc0 }
      return 144 + (code << 1 | (try bit())) - 0x190
    }
    let lengths = [
      3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115,
      131, 163, 195, 227, 258,
    ]
    let lengthBits = [
      0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    let distances = [
      1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537,
      2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
    ]
    guard try low(1) == 1, try low(2) == 1 else { throw Problem.format }
    var result: [UInt8] = []
    while true {
      let next = try symbol()
      if next < 256 {
        result.append(UInt8(next))
      } else if next == 256 {
        return result
      } else {
        let length = lengths[next - 257] + (try low(lengthBits[next - 257]))
        let code = try high(5)
        let distance = distances[code] + (try low(max(0, code / 2 - 1)))
        guard distance <= result.count else { throw Problem.format }
        for _ in 0..<length { result.append(result[result.count - distance]) }
      }
    }
  }
}
