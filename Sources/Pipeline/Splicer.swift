import Glibc

/// Hands out a steady stream made from one that may run dry, run late, or have to be cut.
///
/// Where frames are left out, the old sound fades into the new. Where none are there, the last
/// sound is played backwards while it fades (which joins without a corner), then there is silence,
/// and what comes next fades in. Nothing is allocated after init.
final class Splicer {
  let reader: HopReader
  /// Frames of a cross-fade.
  let fade: Int
  private let channels: Int
  /// Rises from 0 to 1 over a fade.
  private let ramp: UnsafeMutablePointer<Float>
  /// What is fading out, and how far it has.
  private let tail: UnsafeMutablePointer<Float>
  private var tailPosition: Int
  /// How far the present sound has faded in; `fade`: wholly.
  private var gainPosition = 0
  /// The last frames that were handed out, the newest last.
  private let history: UnsafeMutablePointer<Float>
  /// Frames of silence still to be put in.
  private(set) var held = 0
  /// Whether there is nothing to hand out at present.
  private(set) var isDry = true

  /// - Parameters:
  ///   - reader: where the sound comes from.
  ///   - fade: frames of a cross-fade, some 8 ms.
  init(_ reader: HopReader, fade: Int) {
    self.reader = reader
    self.fade = fade
    channels = reader.channels
    ramp = risingCosine(fade)
    tail = .allocate(capacity: fade * channels)
    tail.initialize(repeating: 0, count: fade * channels)
    history = .allocate(capacity: fade * channels)
    history.initialize(repeating: 0, count: fade * channels)
    tailPosition = fade
  }

  deinit {
    ramp.deallocate()
    tail.deallocate()
    history.deallocate()
  }

  /// Leaves out the next frames, as many as there are.
  ///
  /// - Returns: how many that was.
  func drop(_ frames: Int) -> Int {
    let count = min(frames, reader.available)
    guard count > 0 else { return 0 }
    if !isDry {
      let kept = reader.peek(into: tail, frames: fade)
      (tail + kept &* channels).update(repeating: 0, count: (fade &- kept) &* channels)
      tailPosition = 0
      gainPosition = 0
    }
    return reader.skip(count)
  }

  /// Puts in so many frames before the next.
  func hold(_ frames: Int) { held = frames }

  /// Hands out frames, whatever happens.
  ///
  /// - Parameters:
  ///   - target: room for them, interleaved.
  ///   - frames: how many.
  /// - Returns: how many of them were made up.
  func fetch(into target: UnsafeMutablePointer<Float>, frames: Int) -> Int {
    var (done, concealed) = (0, 0)
    while done < frames {
      let place = target + done &* channels
      var count = 0
      if held == 0 { count = reader.read(into: place, frames: frames &- done) }
      if count > 0 {
        if isDry {
          isDry = false
          gainPosition = 0
        }
        fadeIn(place, count)
      } else {
        count = frames &- done
        if held > 0 {
          count = min(count, held)
          held &-= count
        }
        if !isDry { mirror(target, done) }
        isDry = true
        concealed &+= count
        place.update(repeating: 0, count: count &* channels)
      }
      fadeOut(place, count)
      done &+= count
    }
    remember(target, frames)
    return concealed
  }

  private func fadeIn(_ samples: UnsafeMutablePointer<Float>, _ frames: Int) {
    var n = 0
    while n < frames, gainPosition < fade {
      var c = 0
      while c < channels {
        samples[n &* channels &+ c] *= ramp[gainPosition]
        c &+= 1
      }
      gainPosition &+= 1
      n &+= 1
    }
  }

  private func fadeOut(_ samples: UnsafeMutablePointer<Float>, _ frames: Int) {
    var n = 0
    while n < frames, tailPosition < fade {
      var c = 0
      while c < channels {
        samples[n &* channels &+ c] +=
          tail[tailPosition &* channels &+ c] * (1 - ramp[tailPosition])
        c &+= 1
      }
      tailPosition &+= 1
      n &+= 1
    }
  }

  /// Fills the tail with the last sound, backwards.
  ///
  /// - Parameters:
  ///   - fresh: the frames of the present call.
  ///   - count: how many of them are there already; what is before them is in `history`.
  private func mirror(_ fresh: UnsafeMutablePointer<Float>, _ count: Int) {
    var n = 0
    while n < fade {
      let back = count &- 1 &- n
      let source =
        back >= 0 ? fresh + back &* channels : history + (fade &+ back) &* channels
      // Only reached with `back` -fade or more: n is less than fade, count 0 or more.
      (tail + n &* channels).update(from: source, count: channels)
      n &+= 1
    }
    tailPosition = 0
  }

  private func remember(_ samples: UnsafeMutablePointer<Float>, _ frames: Int) {
    if frames >= fade {
      history.update(from: samples + (frames &- fade) &* channels, count: fade &* channels)
    } else {
      let kept = fade &- frames
      memmove(
        history, history + frames &* channels,
        kept &* channels &* MemoryLayout<Float>.stride)
      (history + kept &* channels).update(from: samples, count: frames &* channels)
    }
  }
}
