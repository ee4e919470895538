import CALSA
import Glibc

extension PCMStream {
  /// Takes up to `frames` of the captured frames that are there, as far as they make whole periods,
  /// and does not wait for more. `target` takes `streamChannels` interleaved.
  public func read(_ target: UnsafeMutablePointer<Float>, frames: Int) -> PCMResult {
    transfer(frames, isReading: true) { pcm, done, areas, count in
      pcm.decode(areas, to: target + done &* pcm.streamChannels, frames: count)
    }
  }

  /// Puts up to `frames` frames into the device, as far as there is room, and does not wait for
  /// more. `source` is `streamChannels` interleaved. Beyond full scale is cut to it.
  public func write(_ source: UnsafePointer<Float>, frames: Int) -> PCMResult {
    transfer(frames, isReading: false) { pcm, done, areas, count in
      pcm.encode(source + done &* pcm.streamChannels, to: areas, frames: count)
    }
  }

  /// A run of the device's frames: where a channel's first sample is, and how far apart its samples.
  struct Areas {
    var mapped: UnsafePointer<snd_pcm_channel_area_t>?
    var offset: Int
    var base: UnsafeMutableRawPointer
    var width: Int
    var frameBytes: Int

    @inline(__always)
    func channel(_ index: Int) -> (UnsafeMutableRawPointer, step: Int) {
      guard let mapped else { return (base + index &* width, frameBytes) }
      let area = mapped[index]
      let step = Int(area.step) >> 3
      let start = Int(area.first) >> 3 &+ offset &* step
      return (area.addr.unsafelyUnwrapped + start, step)
    }
  }

  @inline(__always)
  private func transfer(
    _ frames: Int, isReading: Bool, _ convert: (PCMStream, Int, Areas, Int) -> Void
  ) -> PCMResult {
    var done = 0
    while done < frames {
      // A read would start a prepared stream by itself, and a write for which there is too little
      // room would write nothing: so it is looked first what there is.
      if isReading, snd_pcm_state(handle) == SND_PCM_STATE_PREPARED { break }
      let available = snd_pcm_avail_update(handle)
      if available < 0 { return partly(done, Int32(available)) }
      if done == 0, let trouble { return trouble }
      let count = min(frames &- done, isReading ? whole(available) : available)
      if count <= 0 { break }
      let moved =
        isMapped
        ? transferMapped(count, done, convert)
        : transferCalled(count, done, isReading: isReading, convert)
      if moved < 0 { return partly(done, Int32(moved)) }
      if moved == 0 { break }
      done &+= moved
      if isReading { taken &+= moved }
    }
    return .frames(done)
  }

  @inline(__always)
  private func transferMapped(
    _ count: Int, _ done: Int, _ convert: (PCMStream, Int, Areas, Int) -> Void
  ) -> Int {
    var mapped: UnsafePointer<snd_pcm_channel_area_t>?
    var (offset, length): (UInt, UInt) = (0, UInt(bitPattern: count))
    let result = snd_pcm_mmap_begin(handle, &mapped, &offset, &length)
    if result < 0 { return Int(result) }
    let areas = Areas(
      mapped: mapped, offset: Int(bitPattern: offset), base: staging, width: format.width,
      frameBytes: 0)
    convert(self, done, areas, Int(bitPattern: length))
    let moved = snd_pcm_mmap_commit(handle, offset, length)
    // What was taken less than offered is an xrun between the two.
    return moved >= 0 && moved != Int(bitPattern: length) ? Int(-EPIPE) : moved
  }

  @inline(__always)
  private func transferCalled(
    _ count: Int, _ done: Int, isReading: Bool, _ convert: (PCMStream, Int, Areas, Int) -> Void
  ) -> Int {
    let areas = Areas(
      mapped: nil, offset: 0, base: staging, width: format.width,
      frameBytes: channels &* format.width)
    let most = min(count, buffer)
    if isReading {
      let moved = snd_pcm_readi(handle, staging, UInt(bitPattern: most))
      if moved > 0 { convert(self, done, areas, moved) }
      return moved
    }
    convert(self, done, areas, most)
    return snd_pcm_writei(handle, staging, UInt(bitPattern: most))
  }

  /// What was moved before an error counts; the error comes back with the next call.
  @inline(__always)
  private func partly(_ done: Int, _ error: Int32) -> PCMResult {
    done > 0 || error == -EAGAIN ? .frames(done) : classify(error)
  }

  private func decode(_ areas: Areas, to target: UnsafeMutablePointer<Float>, frames: Int) {
    let (first, step) = areas.channel(0)
    if isDirect, step == channels &* format.width {
      SampleConversion.decode(
        format, first, sourceStride: format.width, to: target, targetStride: 1,
        count: frames &* channels)
      return
    }
    for channel in 0..<streamChannels {
      let (source, step) = areas.channel(reading[channel])
      SampleConversion.decode(
        format, source, sourceStride: step, to: target + channel, targetStride: streamChannels,
        count: frames)
    }
  }

  private func encode(_ source: UnsafePointer<Float>, to areas: Areas, frames: Int) {
    let (first, step) = areas.channel(0)
    if isDirect, step == channels &* format.width {
      SampleConversion.encode(
        format, source, sourceStride: 1, to: first, targetStride: format.width,
        count: frames &* channels, dither: &dither)
      return
    }
    for channel in 0..<channels {
      let (target, step) = areas.channel(channel)
      let from = writing[channel]
      if from < 0 {
        for i in 0..<frames {
          for byte in 0..<format.width {
            target.storeBytes(of: 0, toByteOffset: i &* step &+ byte, as: UInt8.self)
          }
        }
        continue
      }
      SampleConversion.encode(
        format, source + from, sourceStride: streamChannels, to: target, targetStride: step,
        count: frames, dither: &dither)
    }
  }
}
