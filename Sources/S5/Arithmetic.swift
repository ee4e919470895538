// The two operations all of the integer network is made of. Overflow cannot happen where the
// wrapping operators stand: the checks at loading exclude it (see ModelReader+Tensors.swift).

/// `value / 2^shift`, rounded to nearest, halves up; `shift` is 0...30.
@inline(__always)
func roundingShift(_ value: Int32, _ shift: Int32) -> Int32 {
  (value &+ rounding(shift)) &>> shift
}

/// The same from 64 bits, where a state is multiplied.
@inline(__always)
func roundingShift(_ value: Int64, _ shift: Int64) -> Int64 {
  (value &+ ((1 &<< shift) &>> 1)) &>> shift
}

/// What is added before a shift so that it rounds: half of 2^shift, and 0 for a shift of 0.
@inline(__always)
func rounding(_ shift: Int32) -> Int32 { (1 &<< shift) &>> 1 }

@inline(__always)
func clamp<T: FixedWidthInteger>(_ value: T, _ low: T, _ high: T) -> T {
  min(max(value, low), high)
}

/// To int16, saturating.
@inline(__always)
func clamp16(_ value: Int32) -> Int16 {
  Int16(truncatingIfNeeded: clamp(value, -32768, 32767))
}
