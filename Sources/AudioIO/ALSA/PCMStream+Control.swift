import CALSA
import Glibc

extension PCMStream {
  /// Starts the device.
  public func start() -> PCMResult { done(snd_pcm_start(handle)) }

  /// Makes the stream ready to be started, from any state; what the device held is dropped.
  public func prepare() -> PCMResult {
    if snd_pcm_state(handle) == SND_PCM_STATE_SUSPENDED {
      let result = snd_pcm_resume(handle)
      // The device is not awake yet.
      if result == -EAGAIN { return .suspended }
    }
    let result = snd_pcm_prepare(handle)
    // A running stream is not made ready.
    guard result == -EBUSY else { return done(result) }
    snd_pcm_drop(handle)
    return done(snd_pcm_prepare(handle))
  }

  /// Stops at once; what the device held is gone.
  public func drop() { snd_pcm_drop(handle) }

  /// Waits until a period can be read or written, at most so long. After a signal the time begins
  /// anew, so the caller's own clock says how late it is.
  public func wait(milliseconds: Int32) -> PCMResult {
    let result = snd_pcm_wait(handle, milliseconds)
    if result == 0 {
      // A device can stop without waking anyone.
      return trouble ?? .timeout
    }
    if result < 0 { return classify(result) }
    let available = snd_pcm_avail_update(handle)
    return available < 0 ? classify(Int32(available)) : trouble ?? .frames(available)
  }

  /// Where the device is now, and when that was.
  public func position() -> PCMPosition {
    let result = snd_pcm_status(handle, status)
    let now = ALSALibrary.now()
    guard result >= 0 else {
      return PCMPosition(available: 0, delay: 0, time: now, state: .lost)
    }
    var stamp = snd_htimestamp_t()
    snd_pcm_status_get_htstamp(status, &stamp)
    let stamped = Int64(stamp.tv_sec) &* 1_000_000_000 &+ Int64(stamp.tv_nsec)
    // A driver without stamps leaves 0, one with a clock of its own some other time altogether.
    let age = Int64(bitPattern: now) &- stamped
    let time = age >= -1_000_000 && age < 1_000_000_000 ? UInt64(bitPattern: stamped) : now
    return PCMPosition(
      available: Int(clamping: snd_pcm_status_get_avail(status)),
      delay: snd_pcm_status_get_delay(status), time: min(time, now),
      state: PCMState(snd_pcm_status_get_state(status)))
  }

  func done(_ result: Int32) -> PCMResult { result < 0 ? classify(result) : .frames(0) }

  /// What keeps the stream from going on, by its state; nil: nothing.
  var trouble: PCMResult? {
    switch snd_pcm_state(handle) {
    case SND_PCM_STATE_XRUN, SND_PCM_STATE_SETUP: .xrun
    case SND_PCM_STATE_SUSPENDED: .suspended
    case SND_PCM_STATE_DISCONNECTED, SND_PCM_STATE_OPEN: .lost(ENODEV)
    default: nil
    }
  }

  /// What a negative result means.
  func classify(_ result: Int32) -> PCMResult {
    switch -result {
    case EPIPE: trouble ?? .xrun
    case ESTRPIPE: .suspended
    case EAGAIN, EINTR: .frames(0)
    // The state is not what the call takes: it tells why.
    case EBADFD: trouble ?? .xrun
    default: .lost(-result)
    }
  }
}

extension PCMState {
  init(_ state: snd_pcm_state_t) {
    switch state {
    case SND_PCM_STATE_PREPARED: self = .prepared
    case SND_PCM_STATE_RUNNING, SND_PCM_STATE_DRAINING: self = .running
    case SND_PCM_STATE_XRUN: self = .xrun
    case SND_PCM_STATE_SUSPENDED: self = .suspended
    case SND_PCM_STATE_DISCONNECTED: self = .lost
    default: self = .idle
    }
  }
}
