import CALSA
import Glibc
import Realtime

extension PCMStream {
  /// Starts the device.
  public func start() -> PCMResult { done(snd_pcm_start(handle)) }

  /// Makes the stream ready to be started, from any state; what the device held is dropped.
  public func prepare() -> PCMResult {
    taken = 0
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

  /// Waits until a period can be read or written, at most so long.
  ///
  /// alsa-lib's own wait begins its time anew with every signal and every false alarm of a plug-in,
  /// so that it may never end; this one ends.
  public func wait(milliseconds: Int32) -> PCMResult {
    let end = MonotonicClock.now() &+ UInt64(max(0, milliseconds)) &* 1_000_000
    if let result = look() { return result }
    var falseAlarms = 0
    while true {
      let now = MonotonicClock.now()
      let left = now < end ? Int32(clamping: (end &- now &+ 999_999) / 1_000_000) : 0
      let count = snd_pcm_poll_descriptors(handle, descriptors, descriptorCount)
      if count <= 0 { return trouble ?? .lost(EIO) }
      let woken = poll(descriptors, UInt(count), left)
      // A device can stop without waking anyone.
      if woken == 0 { return trouble ?? .timeout }
      if woken < 0 {
        if errno != EINTR { return .lost(errno) }
        continue
      }
      let missing: Int
      switch readiness(UInt32(count)) {
      case .done(let result): return result
      case .early(let frames): missing = frames
      case .nothing:
        // Once is usual where a descriptor tells of more than one thing.
        falseAlarms &+= 1
        if falseAlarms == 1 { continue }
        missing = 0
      }
      // The plug-in of a sound server says "there is something" until it is taken, so that poll would
      // return at once, over and over, until the period is whole.
      let nap = Double(max(missing, period / 8)) / Double(rate) * 1e9
      let due = MonotonicClock.now() &+ UInt64(nap)
      MonotonicClock.sleep(until: min(due, end))
      if let result = look() { return result }
      if due >= end { return .timeout }
    }
  }

  private enum Readiness {
    case done(PCMResult)
    case nothing
    /// Sound or room, but so many frames less than a period.
    case early(missing: Int)
  }

  /// What the descriptors woke up for.
  private func readiness(_ count: UInt32) -> Readiness {
    var events: UInt16 = 0
    let result = snd_pcm_poll_descriptors_revents(handle, descriptors, count, &events)
    if result < 0 { return .done(classify(result)) }
    if let trouble { return .done(trouble) }
    if events & UInt16(POLLERR | POLLNVAL | POLLIN | POLLOUT) == 0 { return .nothing }
    let available = snd_pcm_avail_update(handle)
    if available < 0 { return .done(classify(Int32(available))) }
    // The state says that nothing is wrong, the descriptor that something is.
    if events & UInt16(POLLERR | POLLNVAL) != 0 { return .done(trouble ?? .lost(EIO)) }
    let ready = usable(available)
    if ready > 0 { return .done(.frames(ready)) }
    let begun = direction == .capture ? (taken &+ available) % period : available
    return .early(missing: period &- begun)
  }

  /// Whether there is a period or trouble already; nil: neither.
  private func look() -> PCMResult? {
    if let trouble { return trouble }
    let available = snd_pcm_avail_update(handle)
    if available < 0 { return classify(Int32(available)) }
    let ready = usable(available)
    return ready > 0 ? .frames(ready) : nil
  }

  /// How much is worth waking up for: of sound what completes a period, of room a period at least.
  private func usable(_ available: Int) -> Int {
    direction == .capture ? whole(available) : available >= period ? available : 0
  }

  /// How many of the captured frames that are there complete the last whole period.
  ///
  /// Whoever took all there is, a little after an interrupt, would find a little less than a period
  /// at the next one, and the library wakes nobody for less: every other interrupt would be slept
  /// through. So the few frames after a period's end are left for the next turn.
  func whole(_ there: Int) -> Int {
    let end = taken &+ there
    return max(0, end &- end % period &- taken)
  }

  /// Where the device is now, and when that was.
  public func position() -> PCMPosition {
    let result = snd_pcm_status(handle, status)
    let now = MonotonicClock.now()
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
