import AudioIO

/// Gathers what the report shows while the sound passes by.
final class ReportCollector {
  static let clipSeconds = 180

  final class Side {
    let spectrogram: Spectrogram
    let clip: SoundClip
    private(set) var envelope = Envelope()
    private let channels: Int

    init(rate: Int, channels: Int) throws(SoundFileError) {
      spectrogram = Spectrogram(rate: rate)
      clip = try SoundClip(rate: rate, channels: channels, seconds: ReportCollector.clipSeconds)
      self.channels = channels
    }

    func add(_ block: UnsafeBufferPointer<Float>) {
      clip.write(block)
      let scale = 1 / Float(channels)
      for frame in stride(from: 0, to: block.count, by: channels) {
        var mixed: Float = 0
        for channel in 0..<channels { mixed += block[frame + channel] }
        envelope.add(mixed * scale)
        spectrogram.add(mixed * scale)
      }
    }
  }

  let rate: Int
  let input: Side
  let output: Side

  init(rate: Int, channels: Int) throws(SoundFileError) {
    self.rate = rate
    input = try Side(rate: rate, channels: channels)
    output = try Side(rate: rate, channels: channels)
  }

  func before(_ block: UnsafeBufferPointer<Float>) { input.add(block) }
  func after(_ block: UnsafeBufferPointer<Float>) { output.add(block) }
}
