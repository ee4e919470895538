import AudioIO

/// Where samples come from: a file or a raw stream.
protocol SoundSource: AnyObject {
  var rate: Int { get }
  var channels: Int { get }
  /// How many frames there will be; `nil` when no one knows.
  var frames: Int64? { get }
  /// How many were read.
  var position: Int64 { get }
  /// The format and tags a file made from it gets.
  var fileFormat: SoundFormat { get }
  var fileTags: SoundTags { get }
  func read(into block: UnsafeMutableBufferPointer<Float>) throws(SoundFileError) -> Int
}

extension SoundFileReader: SoundSource {
  var fileFormat: SoundFormat { format }
  var fileTags: SoundTags { tags }
}

extension RawReader: SoundSource {
  var frames: Int64? { nil }
  var fileFormat: SoundFormat { format.soundFormat }
  var fileTags: SoundTags { SoundTags() }
}

/// Where samples go: a file or a raw stream.
protocol SoundSink: AnyObject {
  /// Samples beyond full scale so far.
  var clipped: Int { get }
  var formatDescription: String { get }
  func write(_ samples: UnsafeBufferPointer<Float>) throws(SoundFileError)
  func finish() throws(SoundFileError)
}

extension SoundFileWriter: SoundSink {
  var formatDescription: String { format.description }
}

extension RawWriter: SoundSink {
  var formatDescription: String { "raw \(format.rawValue)" }
  func finish() {}
}
