import CALSA
import Glibc

/// How a PCM was set up.
struct PCMSetup {
  var rate = 0
  var channels = 0
  var streamChannels = 0
  var format = PCMFormat.s16
  var period = 0
  var buffer = 0
  var isMapped = false
  /// For each of the stream's channels, the device's that it is read from.
  var reading: [Int] = []
  /// For each of the device's channels, the stream's that is written to it; -1: silence.
  var writing: [Int] = []
}

/// Brings a request and a device together.
struct PCMNegotiation {
  let request: PCMRequest
  let hardware: PCMHardware
  private var setup = PCMSetup()

  /// Sets the PCM up; what is nil in the request is chosen.
  static func settle(
    _ request: PCMRequest, _ pcm: OpaquePointer
  ) throws(PCMError) -> PCMSetup {
    guard let hardware = PCMHardware(pcm) else {
      throw PCMError(
        .failed, device: request.device, direction: request.direction,
        "offers no configuration at all; unplug it and plug it in again")
    }
    var negotiation = PCMNegotiation(request: request, hardware: hardware)
    try negotiation.chooseChannels()
    try negotiation.chooseRate()
    try negotiation.chooseFormat()
    try negotiation.chooseAccess()
    try negotiation.choosePeriod()
    try negotiation.chooseBuffer()
    try negotiation.install()
    try negotiation.installSoftware()
    return negotiation.setup
  }

  private init(request: PCMRequest, hardware: PCMHardware) {
    self.request = request
    self.hardware = hardware
  }

  private func unsupported(_ message: String) -> PCMError {
    PCMError(.unsupported, device: request.device, direction: request.direction, message)
  }

  private mutating func chooseChannels() throws(PCMError) {
    let routing = request.routing
    let stream =
      request.direction == .capture
      ? routing?.count ?? request.streamChannels
      : request.streamChannels
    guard (1...32).contains(stream) else {
      throw unsupported("cannot take \(stream) channels; ask for 1 to 32")
    }
    if let routing, routing.isEmpty || routing.contains(where: { !(0..<32).contains($0) }) {
      throw unsupported("channel numbers go from 0 to 31; mend the list of channels")
    }
    if let routing, request.direction == .playback, routing.count != stream {
      throw unsupported(
        "\(stream) channels are played and \(routing.count) places are named; name one for each")
    }
    let spread = request.direction == .playback && stream == 1 && routing == nil
    let least = spread ? 1 : (routing?.max()).map { $0 + 1 } ?? stream
    let range = hardware.channelRange
    if let asked = request.channels {
      guard hardware.has(channels: asked) else {
        throw unsupported(
          "has no mode with \(asked) channels; it has "
            + PCMNegotiation.words(range))
      }
      guard asked >= least else {
        throw unsupported(
          "channel \(least - 1) is asked for, but with \(asked) channels the last is \(asked - 1)")
      }
    }
    let wanted = UInt32(request.channels ?? least)
    let took = hardware.choose { pcm, space in
      var low = wanted
      if request.channels != nil { return snd_pcm_hw_params_set_channels(pcm, space, wanted) }
      let result = snd_pcm_hw_params_set_channels_min(pcm, space, &low)
      return result < 0 ? result : snd_pcm_hw_params_set_channels_first(pcm, space, &low)
    }
    guard took else {
      throw unsupported(
        "channel \(least - 1) is asked for, but it has only \(PCMNegotiation.words(range)); "
          + "pick channels from 0 to \(range.upperBound - 1)")
    }
    setup.streamChannels = stream
    setup.channels = hardware.channelRange.lowerBound
    route(routing, spread: spread)
  }

  private mutating func route(_ routing: [Int]?, spread: Bool) {
    let stream = setup.streamChannels
    setup.reading = routing ?? Array(0..<stream)
    setup.writing = (0..<setup.channels).map { channel in
      if spread { return 0 }
      if let routing { return routing.lastIndex(of: channel) ?? -1 }
      return channel < stream ? channel : -1
    }
  }

  private mutating func chooseRate() throws(PCMError) {
    let usual = [48000, 16000, 44100, 32000] + PCMHardware.usualRates
    let wanted = request.rate.map { [$0] } ?? request.preferredRates + usual
    let range = hardware.rateRange
    let chosen =
      wanted.first(where: hardware.has(rate:))
      ?? (request.rate == nil ? max(range.lowerBound, 8000) : nil)
    if let chosen,
      hardware.choose({ snd_pcm_hw_params_set_rate($0, $1, UInt32(clamping: chosen), 0) })
    {
      setup.rate = chosen
      return
    }
    let there = hardware.rates.map(String.init).joined(separator: ", ")
    throw unsupported(
      "cannot run at \(request.rate ?? 0) Hz; it has \(there.isEmpty ? "none usable" : there)")
  }

  private mutating func chooseFormat() throws(PCMError) {
    let wanted = request.format.map { [$0] } ?? PCMFormat.bestFirst
    for format in wanted {
      if hardware.choose({ snd_pcm_hw_params_set_format($0, $1, format.code) }) {
        setup.format = format
        return
      }
    }
    let there = hardware.formats.map(\.rawValue).joined(separator: ", ")
    throw unsupported(
      there.isEmpty
        ? "has none of the sample formats float, s32, s24, s24_3le, s16; "
          + "put plug: before its name" : "has no \(wanted[0].rawValue) samples; it has \(there)")
  }

  private mutating func chooseAccess() throws(PCMError) {
    let mapped = [SND_PCM_ACCESS_MMAP_INTERLEAVED, SND_PCM_ACCESS_MMAP_NONINTERLEAVED]
    let called = [SND_PCM_ACCESS_RW_INTERLEAVED]
    // Elsewhere than on hardware the mapped memory is alsa-lib's own, and only adds a copy.
    let isHardware = snd_pcm_type(hardware.pcm) == SND_PCM_TYPE_HW
    let wanted: [snd_pcm_access_t] =
      switch request.mapped {
      case true?: mapped
      case false?: called
      case nil: isHardware ? mapped + called : called + mapped
      }
    for access in wanted {
      if hardware.choose({ snd_pcm_hw_params_set_access($0, $1, access) }) {
        setup.isMapped = access != SND_PCM_ACCESS_RW_INTERLEAVED
        return
      }
    }
    throw unsupported(
      request.mapped == true
        ? "offers no mapped memory; leave mapped out"
        : "offers mapped memory only; leave mapped out")
  }

  private mutating func choosePeriod() throws(PCMError) {
    let range = hardware.periodRange
    if let asked = request.period {
      guard
        hardware.choose({ snd_pcm_hw_params_set_period_size($0, $1, UInt(clamping: asked), 0) })
      else {
        throw unsupported(
          "has no period of \(asked) frames at \(setup.rate) Hz; "
            + "it has \(PCMNegotiation.words(range)), some only powers of two")
      }
    } else {
      let wanted = UInt((Double(setup.rate) * request.usualPeriod - 1e-6).rounded(.up))
      let above = hardware.choose { pcm, space in
        var (size, side): (UInt, Int32) = (wanted, 0)
        return snd_pcm_hw_params_set_period_size_min(pcm, space, &size, &side)
      }
      let fixed = hardware.choose { pcm, space in
        var (size, side): (UInt, Int32) = (0, 0)
        return above
          ? snd_pcm_hw_params_set_period_size_first(pcm, space, &size, &side)
          : snd_pcm_hw_params_set_period_size_last(pcm, space, &size, &side)
      }
      guard fixed else { throw unsupported("offers no usable period; name one") }
    }
    setup.period = hardware.periodRange.lowerBound
  }

  private mutating func chooseBuffer() throws(PCMError) {
    // A buffer that is no whole number of periods is legal, but wakes up late once a turn.
    _ = hardware.choose { snd_pcm_hw_params_set_periods_integer($0, $1) }
    let range = hardware.periodsRange
    if let asked = request.periods {
      guard hardware.choose({ snd_pcm_hw_params_set_periods($0, $1, UInt32(clamping: asked), 0) })
      else {
        throw unsupported(
          "cannot buffer \(asked) periods of \(setup.period) frames; "
            + "it has \(PCMNegotiation.words(range))")
      }
    } else {
      let wanted =
        request.direction == .playback
        ? UInt32(3) : UInt32(max(8, (setup.rate / 10 + setup.period - 1) / setup.period))
      let above = hardware.choose { pcm, space in
        var (count, side): (UInt32, Int32) = (wanted, 0)
        return snd_pcm_hw_params_set_periods_min(pcm, space, &count, &side)
      }
      _ = hardware.choose { pcm, space in
        var size: UInt = 0
        return above
          ? snd_pcm_hw_params_set_buffer_size_first(pcm, space, &size)
          : snd_pcm_hw_params_set_buffer_size_last(pcm, space, &size)
      }
    }
  }

  private mutating func install() throws(PCMError) {
    let (result, words) = ALSALibrary.listening { snd_pcm_hw_params(hardware.pcm, hardware.space) }
    guard result >= 0 else {
      throw PCMError(
        request, number: result,
        doing: "be set to \(setup.rate) Hz, \(setup.format.rawValue), \(setup.channels) channels",
        words: words)
    }
    var (period, buffer): (UInt, UInt) = (0, 0)
    var (rate, side): (UInt32, Int32) = (0, 0)
    snd_pcm_hw_params_get_period_size(hardware.space, &period, &side)
    snd_pcm_hw_params_get_buffer_size(hardware.space, &buffer)
    snd_pcm_hw_params_get_rate(hardware.space, &rate, &side)
    setup.period = Int(period)
    setup.buffer = Int(buffer)
    setup.rate = Int(rate)
    guard setup.buffer >= 2 * setup.period, setup.period > 0 else {
      throw unsupported(
        "has a buffer of \(buffer) frames only, less than two periods of \(period); "
          + "name a shorter period")
    }
  }

  private func installSoftware() throws(PCMError) {
    var software: OpaquePointer?
    snd_pcm_sw_params_malloc(&software)
    guard let software else { fatalError("no memory is left") }
    defer { snd_pcm_sw_params_free(software) }
    let pcm = hardware.pcm
    let (result, words) = ALSALibrary.listening {
      var result = snd_pcm_sw_params_current(pcm, software)
      guard result >= 0 else { return result }
      var boundary: UInt = 0
      snd_pcm_sw_params_get_boundary(software, &boundary)
      snd_pcm_sw_params_set_avail_min(pcm, software, UInt(setup.period))
      // Only start() starts it, whatever has been written.
      snd_pcm_sw_params_set_start_threshold(pcm, software, boundary)
      snd_pcm_sw_params_set_stop_threshold(pcm, software, UInt(setup.buffer))
      snd_pcm_sw_params_set_silence_threshold(pcm, software, 0)
      snd_pcm_sw_params_set_silence_size(pcm, software, 0)
      snd_pcm_sw_params_set_tstamp_mode(pcm, software, SND_PCM_TSTAMP_ENABLE)
      snd_pcm_sw_params_set_tstamp_type(pcm, software, SND_PCM_TSTAMP_TYPE_MONOTONIC)
      result = snd_pcm_sw_params(pcm, software)
      if result < 0 {
        // Old drivers know one clock only; their stamps are then not believed.
        snd_pcm_sw_params_set_tstamp_type(pcm, software, SND_PCM_TSTAMP_TYPE_GETTIMEOFDAY)
        result = snd_pcm_sw_params(pcm, software)
      }
      return result
    }
    guard result >= 0 else {
      throw PCMError(request, number: result, doing: "be set up", words: words)
    }
  }

  private static func words(_ range: ClosedRange<Int>) -> String {
    range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
  }
}
