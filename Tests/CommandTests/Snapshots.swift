import Foundation

/// Screens as they are to be.
enum Snapshots {
  static let eighty = """
    hush top   ok   hushd 0.1.0  up 3:12:45                                 16:42:22
    hw:CARD=Headset,DEV=0 > small-1 > hw:CARD=Headset,DEV=0

    S  QUANT    RATE    WAIT    BUSY   W/Q   B/Q    ERR  FORMAT      NAME
    R    128   48000   375us    27us  0.14  0.01      0  s32 x2      capture
    R    384   48000    38us   304us  0.00  0.04      0  float x1    denoise
    R    128   48000   375us    27us  0.14  0.01      0  s32 x2      output

    LATENCY  46.2 ms  held to 46.0  p50 46.1  p99 46.8  p99.9 47.6  max 61.3
          40-45 ms ▏·············································   0.1 %       1445
          45-50 ms ██████████████████████████████████████████████  99.9 %    1443355
          50-55 ms ▏·············································  <0.1 %        100
          55-60 ms ▏·············································  <0.1 %         90
          60-70 ms ▏·············································  <0.1 %         10
    MARGIN   7.7 ms of 8.0  p99.9 7.3  least 0.0  late 0 of 1445625
        used      4.2 % ██▌·························································
      before -31.2 dBFS ███████████████████████████████████████▎····················
       after -52.6 dBFS ████████████████████████▉···································
     removed    21.4 dB ████████████████████████████████▏···························
      speech      3.4 % ██··························································
    strength 18 dB   bypass off   mute off   drift +12.3 ppm   memory locked
    CPU  capture FIFO71 1.0%  denoise FIFO70 3.8%  output FIFO71 1.0%  house 0.0%
         telemetry 0.0%
    b bypass  +/- strength  m mute  r reset  ? help  q quit
    """
  static let sixty = """
    hush top   degraded   hushd 0.1.0  up 3:12:45       16:42:22
    hw:CARD=Headset,DEV=0 > small-1 > hw:CARD=Headset,DEV=0
    ! a late hop or an xrun in the last minute
    S  QUANT    RATE    WAIT    BUSY    ERR  NAME
    R    128   48000   375us    27us      0  capture
    R    384   48000    38us   304us     12  denoise
    R    128   48000   375us    27us      0  output
    LATENCY  46.2 ms  held to 46.0  p50 46.1  p99 46.8
    MARGIN   7.7 ms of 8.0  p99.9 7.3  least -2.6
        used      4.2 % ##......................................
      before -31.2 dBFS ##########################..............
       after -52.6 dBFS #################.......................
     removed    21.4 dB #####################...................
      speech      3.4 % #.......................................
    strength 18 dB   bypass off   mute on   drift +12.3 ppm
    CPU  capture FIFO71 1.0%  denoise FIFO70 3.8%
         output FIFO71 1.0%  house 0.0%  telemetry 0.0%
    b bypass  +/- strength  m mute  r reset  ? help  q quit
    """

  /// Writes what was shown into the folder HUSH_SNAPSHOTS, to be looked at and put in here.
  static func keep(_ screen: String, _ name: String) {
    guard let folder = ProcessInfo.processInfo.environment["HUSH_SNAPSHOTS"] else { return }
    try? Data(screen.utf8).write(to: URL(fileURLWithPath: folder).appendingPathComponent(name))
  }
}
