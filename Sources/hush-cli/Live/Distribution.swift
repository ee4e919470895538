/// A histogram as GET /status tells it.
struct Distribution: Decodable, Equatable, Sendable {
  /// How many were no longer than this; over all buckets it only rises.
  struct Bucket: Decodable, Equatable, Sendable {
    var bound: Double
    var count: UInt64

    init(_ bound: Double, _ count: UInt64) {
      self.bound = bound
      self.count = count
    }

    init(from decoder: any Decoder) throws {
      var pair = try decoder.unkeyedContainer()
      bound = try pair.decode(Double.self)
      count = try pair.decode(UInt64.self)
    }
  }

  enum CodingKeys: String, CodingKey {
    case now, target, count, mean, p50, p99, max, buckets
    case p999 = "p99_9"
  }

  /// Of latency alone: smoothed, and what it is held to.
  var now: Double?
  var target: Double?
  var count: UInt64
  var mean: Double
  var p50: Double
  var p99: Double
  var p999: Double
  var max: Double
  var buckets: [Bucket]

  /// How many lie in each bucket alone; the last is what lies beyond them all.
  var parts: [UInt64] {
    var parts: [UInt64] = []
    var last: UInt64 = 0
    // A hostile answer may fall where it should rise.
    for bucket in buckets {
      parts.append(bucket.count > last ? bucket.count - last : 0)
      last = Swift.max(last, bucket.count)
    }
    return parts + [count > last ? count - last : 0]
  }

  /// The median of what came since `earlier`, as near as the buckets tell; nil: nothing came.
  func median(since earlier: Distribution) -> Double? {
    let before = earlier.parts
    let parts = zip(parts, before).map { $0 > $1 ? $0 - $1 : 0 }
    guard parts.count == before.count else { return nil }
    let total = parts.reduce(0) { $0 &+ $1 }
    guard total > 0 else { return nil }
    var left = Double(total) / 2
    for (index, part) in parts.enumerated() where part > 0 {
      guard left > Double(part) else {
        let low = index == 0 ? 0 : buckets[index - 1].bound
        let high = index < buckets.count ? buckets[index].bound : max
        return low + (high - low) * left / Double(part)
      }
      left -= Double(part)
    }
    return nil
  }
}
