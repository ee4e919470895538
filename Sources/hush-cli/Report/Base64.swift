/// RFC 4648 base 64, padded.
func base64(_ bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  let length = (bytes.count + 2) / 3 * 4
  return String(unsafeUninitializedCapacity: length) { text in
    var place = 0
    for i in stride(from: 0, to: bytes.count, by: 3) {
      let b =
        UInt32(bytes[i]) << 16
        | (i + 1 < bytes.count ? UInt32(bytes[i + 1]) << 8 : 0)
        | (i + 2 < bytes.count ? UInt32(bytes[i + 2]) : 0)
      for k in 0..<4 {
        text[place + k] = alphabet[Int(b >> UInt32(18 - 6 * k) & 63)]
      }
      if i + 2 >= bytes.count { text[place + 3] = UInt8(ascii: "=") }
      if i + 1 >= bytes.count { text[place + 2] = UInt8(ascii: "=") }
      place += 4
    }
    return length
  }
}
