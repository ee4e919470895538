import CALSA
import Glibc

/// What a PCM can be set to, narrowed down choice by choice ("hw_params" to ALSA).
final class PCMHardware {
  /// The rates that sound devices have.
  static let usualRates = [
    8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000, 176_400,
    192_000,
  ]

  let pcm: OpaquePointer
  let space: OpaquePointer
  private let trial: OpaquePointer

  /// Everything the PCM can do, as it is: a `plug` in it may not change the rate, so the rates are
  /// the device's own.
  init?(_ pcm: OpaquePointer) {
    var first: OpaquePointer?
    var second: OpaquePointer?
    snd_pcm_hw_params_malloc(&first)
    snd_pcm_hw_params_malloc(&second)
    guard let first, let second else { fatalError("no memory is left") }
    self.pcm = pcm
    space = first
    trial = second
    guard snd_pcm_hw_params_any(pcm, space) >= 0 else { return nil }
    _ = snd_pcm_hw_params_set_rate_resample(pcm, space, 0)
  }

  deinit {
    snd_pcm_hw_params_free(space)
    snd_pcm_hw_params_free(trial)
  }

  /// Tries a choice; a refused one leaves everything as it was.
  func choose(_ choice: (OpaquePointer, OpaquePointer) -> Int32) -> Bool {
    snd_pcm_hw_params_copy(trial, space)
    guard choice(pcm, trial) >= 0 else { return false }
    snd_pcm_hw_params_copy(space, trial)
    return true
  }

  func has(access: snd_pcm_access_t) -> Bool {
    snd_pcm_hw_params_test_access(pcm, space, access) == 0
  }

  func has(format: PCMFormat) -> Bool {
    snd_pcm_hw_params_test_format(pcm, space, format.code) == 0
  }

  func has(rate: Int) -> Bool {
    snd_pcm_hw_params_test_rate(pcm, space, UInt32(clamping: rate), 0) == 0
  }

  func has(channels: Int) -> Bool {
    snd_pcm_hw_params_test_channels(pcm, space, UInt32(clamping: channels)) == 0
  }

  var rateRange: ClosedRange<Int> {
    range(
      { snd_pcm_hw_params_get_rate_min($0, $1, nil) },
      { snd_pcm_hw_params_get_rate_max($0, $1, nil) })
  }

  var channelRange: ClosedRange<Int> {
    range(
      { snd_pcm_hw_params_get_channels_min($0, $1) },
      { snd_pcm_hw_params_get_channels_max($0, $1) })
  }

  var periodsRange: ClosedRange<Int> {
    range(
      { snd_pcm_hw_params_get_periods_min($0, $1, nil) },
      { snd_pcm_hw_params_get_periods_max($0, $1, nil) })
  }

  var periodRange: ClosedRange<Int> {
    longRange(
      { snd_pcm_hw_params_get_period_size_min($0, $1, nil) },
      { snd_pcm_hw_params_get_period_size_max($0, $1, nil) })
  }

  var bufferRange: ClosedRange<Int> {
    longRange(
      { snd_pcm_hw_params_get_buffer_size_min($0, $1) },
      { snd_pcm_hw_params_get_buffer_size_max($0, $1) })
  }

  /// The usual rates it has between 8 and 192 kHz, and its ends where they are unusual.
  var rates: [Int] {
    let ends = rateRange
    let odd = [ends.lowerBound, ends.upperBound].filter {
      (8000...192_000).contains($0) && !PCMHardware.usualRates.contains($0)
    }
    return (PCMHardware.usualRates.filter(has(rate:)) + Set(odd)).sorted()
  }

  var formats: [PCMFormat] { PCMFormat.bestFirst.filter(has(format:)) }

  private func range(
    _ low: (OpaquePointer, UnsafeMutablePointer<UInt32>) -> Int32,
    _ high: (OpaquePointer, UnsafeMutablePointer<UInt32>) -> Int32
  ) -> ClosedRange<Int> {
    var (least, most): (UInt32, UInt32) = (0, 0)
    _ = low(space, &least)
    _ = high(space, &most)
    return Int(least)...max(Int(least), Int(most))
  }

  private func longRange(
    _ low: (OpaquePointer, UnsafeMutablePointer<UInt>) -> Int32,
    _ high: (OpaquePointer, UnsafeMutablePointer<UInt>) -> Int32
  ) -> ClosedRange<Int> {
    var (least, most): (UInt, UInt) = (0, 0)
    _ = low(space, &least)
    _ = high(space, &most)
    return Int(clamping: least)...max(Int(clamping: least), Int(clamping: most))
  }
}
