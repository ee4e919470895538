import CSndFile

/// What a sound file says about itself beyond its samples: texts (title, artist, ...), which
/// speaker each channel is for, the broadcast chunk, and cue points.
public struct SoundTags: Sendable {
  private var texts: [Int32: String] = [:]
  private var blocks: [Block] = []

  /// A structure of libsndfile, carried over as it is.
  private struct Block: Sendable {
    let set: Int32
    let bytes: [UInt8]
  }

  /// No tags.
  public init() {}

  /// Title, artist, comment and so on that a file has; only those it has.
  public var title: String? { texts[Int32(SF_STR_TITLE)] }
  public var artist: String? { texts[Int32(SF_STR_ARTIST)] }
  public var comment: String? { texts[Int32(SF_STR_COMMENT)] }

  init(of handle: OpaquePointer) {
    for type in Int32(SF_STR_TITLE)...Int32(SF_STR_GENRE) {
      if let text = sf_get_string(handle, type) { texts[type] = String(cString: text) }
    }
    var information = SF_INFO()
    sf_command(
      handle, Int32(SFC_GET_CURRENT_SF_INFO), &information, Int32(MemoryLayout<SF_INFO>.size))
    take(
      handle, SFC_GET_CHANNEL_MAP_INFO, SFC_SET_CHANNEL_MAP_INFO,
      Int(information.channels) * MemoryLayout<Int32>.size)
    take(
      handle, SFC_GET_BROADCAST_INFO, SFC_SET_BROADCAST_INFO,
      MemoryLayout<SF_BROADCAST_INFO>.size)
    take(handle, SFC_GET_CUE, SFC_SET_CUE, MemoryLayout<SF_CUES>.size)
  }

  private mutating func take<Command: BinaryInteger>(
    _ handle: OpaquePointer, _ get: Command, _ set: Command, _ size: Int
  ) {
    var bytes = [UInt8](repeating: 0, count: size)
    let there = bytes.withUnsafeMutableBytes {
      sf_command(handle, Int32(get), $0.baseAddress, Int32(size)) == SF_TRUE
    }
    if there { blocks.append(Block(set: Int32(set), bytes: bytes)) }
  }

  /// Puts the tags into a new file, as far as its format has a place for them.
  func put(into handle: OpaquePointer) {
    for (type, text) in texts.sorted(by: { $0.key < $1.key }) {
      sf_set_string(handle, type, text)
    }
    for block in blocks {
      var bytes = block.bytes
      let size = Int32(bytes.count)
      bytes.withUnsafeMutableBytes { _ = sf_command(handle, block.set, $0.baseAddress, size) }
    }
  }
}
