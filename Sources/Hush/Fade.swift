import Glibc

/// Half a period of a cosine from 0 at 0 to 1 at 1: a fade without corners.
func raisedCosine(_ position: Float) -> Float {
  0.5 - 0.5 * cos(Float.pi * position)
}
