/// How much of a file is missing by its own header. libsndfile reads a cut-off file as if it had
/// been meant so; this looks before it does.
///
/// It knows WAV, RF64, AIFF, AU and Ogg. A FLAC file is found short when it is read. A header with
/// an unknown length (0, all ones, or the near-2-GiB values that programs write into pipes) promises
/// nothing.
struct Shortfall: Equatable, CustomStringConvertible {
  var description: String

  init?(of file: FileSource) {
    let head = file.bytes(at: 0, count: 12)
    guard head.count == 12 else { return nil }
    let missing: (promised: Int64, there: Int64)?
    switch String(decoding: head[..<4], as: UTF8.self) {
    case "RIFF": missing = Shortfall.chunks(file, data: "data", bigEndian: false)
    case "RIFX": missing = Shortfall.chunks(file, data: "data", bigEndian: true)
    case "RF64": missing = Shortfall.chunks(file, data: "data", bigEndian: false)
    case "FORM": missing = Shortfall.chunks(file, data: "SSND", bigEndian: true)
    case ".snd": missing = Shortfall.sun(file, head)
    case "OggS":
      guard Shortfall.lacksLastOggPage(file) else { return nil }
      description = "its last Ogg page is missing"
      return
    default: return nil
    }
    guard let missing else { return nil }
    description =
      "its header promises \(missing.promised) bytes of sound, \(missing.there) are there"
  }

  private static func number(_ bytes: ArraySlice<UInt8>, bigEndian: Bool) -> Int64 {
    (bigEndian ? Array(bytes) : bytes.reversed()).reduce(0) { $0 << 8 | Int64($1) }
  }

  private static func isUnknown(_ size: Int64) -> Bool { size == 0 || size >= 0x7fff_f000 }

  /// Walks the chunks of an IFF file to the one with the samples.
  private static func chunks(
    _ file: FileSource, data: String, bigEndian: Bool
  ) -> (promised: Int64, there: Int64)? {
    var offset: Int64 = 12
    var wide: Int64?
    // A sane file has a few chunks before its samples; a broken one must not loop for long.
    for _ in 0..<1000 {
      let header = file.bytes(at: offset, count: 8)
      guard header.count == 8 else { return nil }
      let name = String(decoding: header[..<4], as: UTF8.self)
      var size = number(header[4..<8], bigEndian: bigEndian)
      if name == "ds64" {
        let body = file.bytes(at: offset + 8, count: 16)
        if body.count == 16 { wide = number(body[8..<16], bigEndian: false) }
      }
      if name == data {
        if size == 0xffff_ffff, let wide {
          size = wide
        } else if isUnknown(size) {
          return nil
        }
        let there = max(0, file.length - offset - 8)
        return size > there && size > 0 ? (size, there) : nil
      }
      offset += 8 + size + (size & 1)
    }
    return nil
  }

  private static func sun(
    _ file: FileSource, _ head: [UInt8]
  ) -> (promised: Int64, there: Int64)? {
    let offset = number(head[4..<8], bigEndian: true)
    let size = number(head[8..<12], bigEndian: true)
    let there = max(0, file.length - offset)
    return !isUnknown(size) && size > there ? (size, there) : nil
  }

  /// The last page of an Ogg stream is marked, and whole.
  private static func lacksLastOggPage(_ file: FileSource) -> Bool {
    // A page is at most 65307 bytes.
    let start = max(0, file.length - 65_400)
    let tail = file.bytes(at: start, count: 65_400)
    guard tail.count >= 27 else { return true }
    for i in stride(from: tail.count - 27, through: 0, by: -1)
    where tail[i] == 0x4f && tail[i + 1] == 0x67 && tail[i + 2] == 0x67 && tail[i + 3] == 0x53 {
      let segments = Int(tail[i + 26])
      guard i + 27 + segments <= tail.count else { return true }
      let body = tail[(i + 27)..<(i + 27 + segments)].reduce(0) { $0 + Int($1) }
      return tail[i + 5] & 4 == 0 || i + 27 + segments + body > tail.count
    }
    return true
  }
}
