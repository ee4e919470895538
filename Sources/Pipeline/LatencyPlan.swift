import AudioIO

/// What the latency from microphone to loudspeaker is made of, and what it is to be held to.
///
/// - the denoiser's delay, a window of 32 ms or less: from a sound to the hop that it comes out in;
/// - a capture period, where hops do not end with periods;
/// - the deadline: what the denoiser may take;
/// - the playback buffer, which is kept full;
/// - two milliseconds for wake-ups that are late, and the resampler's delay where there is one.
struct LatencyPlan {
  /// In nanoseconds.
  let target: Double
  /// What was asked for and cannot be had, and the mend.
  let warning: String?

  static let slack = 2e6

  init(
    core: Core, capturePeriod: Int, output: PCMStream, deadline: UInt64, wanted: Double?,
    resampler: DriftResampler?
  ) {
    let frame = 1e9 / Double(core.rate)
    let denoising = Double(core.delay + core.hop) * frame
    let delivery = core.hop.isMultiple(of: capturePeriod) ? 0 : Double(capturePeriod) * frame
    let buffer = Double(output.buffer) * 1e9 / Double(output.rate)
    // The resampler is fed a block at a time.
    let resampling = resampler.map { Double($0.maximumFrames + $0.latency) * frame } ?? 0
    let least = denoising + delivery + buffer + resampling + Self.slack
    let safe = least + Double(deadline)
    guard let wanted else {
      target = safe
      warning = nil
      return
    }
    target = max(wanted * 1e6, least)
    warning =
      wanted * 1e6 < least
      ? "latency.target: \(wanted) ms cannot be had; with these devices \(Int((least / 1e6).rounded(.up))) ms is the least; smaller periods lower it"
      : nil
  }
}
