import Glibc
import Realtime

/// Seconds on a clock that only goes forward.
func now() -> Double {
  Double(MonotonicClock.now()) * 1e-9
}

/// A number with a fixed count of decimals.
func decimals(_ value: Double, _ count: Int) -> String {
  guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
  let unit = (0..<count).reduce(1.0) { power, _ in power * 10 }
  let whole = Int64((value.magnitude * unit).rounded())
  let sign = value < 0 && whole > 0 ? "-" : ""
  if count == 0 { return sign + String(whole) }
  let digits = String(whole)
  let padded = String(repeating: "0", count: max(0, count + 1 - digits.count)) + digits
  return sign + padded.dropLast(count) + "." + padded.suffix(count)
}

/// A duration as `m:ss.mmm` or `h:mm:ss.mmm`.
func clockTime(_ seconds: Double) -> String {
  let millis = Int64((seconds * 1000).rounded())
  func two(_ n: Int64) -> String { (n < 10 ? "0" : "") + String(n) }
  let tail = two(millis / 1000 % 60) + "." + String(millis % 1000 + 1000).dropFirst()
  let minutes = millis / 60_000
  return minutes < 60 ? "\(minutes):\(tail)" : "\(minutes / 60):\(two(minutes % 60)):\(tail)"
}

/// The time of day here, as `hh:mm:ss`.
func timeOfDay(_ time: time_t) -> String {
  var seconds = time
  var local = tm()
  localtime_r(&seconds, &local)
  func two(_ value: Int32) -> String { (value < 10 ? "0" : "") + String(value) }
  return "\(two(local.tm_hour)):\(two(local.tm_min)):\(two(local.tm_sec))"
}
