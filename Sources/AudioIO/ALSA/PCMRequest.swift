/// Which way sound goes through a PCM.
public enum PCMDirection: String, Sendable {
  case capture, playback
}

/// A PCM, and how it is to be opened. What is nil is chosen when it is opened; what is given is
/// taken as it is or refused, never replaced by something near.
public struct PCMRequest: Sendable {
  public var direction: PCMDirection
  /// An ALSA PCM by name: `hw:CARD=Device`, `plughw:1,0`, `default`, or any of a configuration.
  public var device: String
  /// Frames per second, 8000...192000.
  public var rate: Int?
  /// Which rates to take, the best first, where `rate` is nil. Where the device has none of them,
  /// and where none is given, it is the first it has of 48000, 16000, 44100, 32000 and the rest.
  public var preferredRates: [Int]
  /// Channels of the device, 1...32; nil: the fewest it has that hold those in use.
  public var channels: Int?
  /// nil: the best the device has, of float, s32, s24, s24_3le, s16 in this order.
  public var format: PCMFormat?
  /// Frames from one wake-up to the next, 16...16384; nil: `usualPeriod` or the least it has above.
  public var period: Int?
  /// What a period is to last where `period` is nil, in seconds.
  public var usualPeriod = 0.008
  /// Periods in the device's buffer, 2...32; nil: for capture 8 or more and 100 ms or more where it
  /// has so much (an unread buffer adds no delay); 3 for playback, or the least it has above.
  public var periods: Int?
  /// Whether samples are read and written in the device's memory; nil: on hardware that offers it.
  public var mapped: Bool?
  /// For each of the stream's channels, the device's it is read from or written to, from 0; nil:
  /// in order, but one channel to be played goes to all of the device's.
  public var routing: [Int]?
  /// Channels of what is read or written, 1...32. For capture with a routing it is the routing's.
  public var streamChannels: Int

  public init(
    direction: PCMDirection, device: String, rate: Int? = nil, channels: Int? = nil,
    format: PCMFormat? = nil, period: Int? = nil, periods: Int? = nil, mapped: Bool? = nil,
    routing: [Int]? = nil, streamChannels: Int = 1, preferredRates: [Int] = []
  ) {
    self.direction = direction
    self.device = device
    self.rate = rate
    self.channels = channels
    self.format = format
    self.period = period
    self.periods = periods
    self.mapped = mapped
    self.routing = routing
    self.streamChannels = streamChannels
    self.preferredRates = preferredRates
  }
}
