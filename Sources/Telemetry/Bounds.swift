/// Upper bounds of histogram buckets, in nanoseconds: few enough for a monitoring system, close
/// where it matters. They are part of the interface: series and dashboards are made of them.
enum Bounds {
  /// Of work and wake-ups, which are to be well below a hop of 8 or 4 ms.
  static let work: [UInt64] = [
    10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_000_000, 3_000_000, 4_000_000,
    6_000_000, 8_000_000, 12_000_000, 16_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000,
    1_000_000_000, 10_000_000_000,
  ]
  /// Of latencies and queues, which are tens of milliseconds.
  static let sound: [UInt64] = [
    5_000_000, 10_000_000, 20_000_000, 30_000_000, 35_000_000, 40_000_000, 45_000_000, 50_000_000,
    55_000_000, 60_000_000, 70_000_000, 80_000_000, 90_000_000, 100_000_000, 120_000_000,
    150_000_000, 200_000_000, 300_000_000, 500_000_000, 1_000_000_000, 2_000_000_000,
    5_000_000_000,
  ]
}
