import Glibc

/// Nanoseconds from one reading to a later one; 0 if it is not later: readings that are taken on two
/// threads may cross.
func elapsed(since earlier: UInt64, _ now: UInt64) -> UInt64 { now > earlier ? now - earlier : 0 }

/// The time of day by a `strftime` format.
func localTime(_ format: String) -> String {
  var seconds = time(nil)
  var fields = tm()
  localtime_r(&seconds, &fields)
  var buffer = [CChar](repeating: 0, count: 64)
  let length = strftime(&buffer, buffer.count, format, &fields)
  return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
