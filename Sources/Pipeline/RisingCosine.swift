import Glibc

/// Half a period of a cosine from 0 to 1, sampled in the middle of each frame: a fade without
/// corners.
///
/// - Parameter frames: how long it is.
/// - Returns: as many gains; the caller frees them.
func risingCosine(_ frames: Int) -> UnsafeMutablePointer<Float> {
  let ramp = UnsafeMutablePointer<Float>.allocate(capacity: frames)
  for n in 0..<frames {
    (ramp + n).initialize(to: 0.5 - 0.5 * cos(.pi * (Float(n) + 0.5) / Float(frames)))
  }
  return ramp
}
