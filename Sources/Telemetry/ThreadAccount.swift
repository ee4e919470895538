import Glibc

/// What the kernel has noted of one of the process's threads.
struct ThreadAccount: Equatable, Sendable {
  /// Without the "hush-" in front.
  var name: String
  var thread: Int
  /// "FIFO", "OTHER" and so on, as it is now.
  var policy: String
  /// 1...99 under FIFO and RR, else 0.
  var priority: Int
  /// Seconds that it has had a processor.
  var seconds: Double
  /// Page faults without and with a wait for the disk.
  var minorFaults: UInt64
  var majorFaults: UInt64

  /// hushd's own threads, by name.
  static func all() -> [ThreadAccount] {
    let numbers = Proc.entries("/proc/self/task").compactMap { Int($0) }
    let accounts = numbers.compactMap(ThreadAccount.init)
    // Of a name there is one; where the kernel has not yet buried an older one, the newer.
    return Dictionary(accounts.map { ($0.name, $0) }) { $0.thread > $1.thread ? $0 : $1 }
      .values.sorted { $0.name < $1.name }
  }

  /// nil where it is gone, or none of hushd's.
  private init?(_ thread: Int) {
    let folder = "/proc/self/task/\(thread)"
    guard let text = Proc.text("\(folder)/stat"), let stat = ThreadStat(text),
      stat.name.hasPrefix("hush-")
    else { return nil }
    name = String(stat.name.dropFirst(5))
    self.thread = thread
    policy = stat.policy
    priority = stat.priority
    minorFaults = stat.minorFaults
    majorFaults = stat.majorFaults
    let nanoseconds = Proc.text("\(folder)/schedstat")?.split(separator: " ").first
      .flatMap { Double($0) }
    let tick = 1 / Double(sysconf(Int32(_SC_CLK_TCK)))
    seconds = nanoseconds.map { $0 / 1e9 } ?? Double(stat.ticks) * tick
  }
}

/// The fields of a `stat` file of /proc that are of use here; see proc(5).
struct ThreadStat: Equatable {
  var name: String
  var minorFaults: UInt64
  var majorFaults: UInt64
  /// Of the processor, in clock ticks.
  var ticks: UInt64
  var priority: Int
  var policy: String

  init?(_ text: String) {
    // The name may hold spaces and parentheses.
    guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else {
      return nil
    }
    name = String(text[text.index(after: open)..<close])
    let fields = text[text.index(after: close)...].split { $0 == " " || $0 == "\n" }
    // The first here is the third of the file.
    func number(_ field: Int) -> UInt64 {
      fields.indices.contains(field - 3) ? UInt64(fields[field - 3]) ?? 0 : 0
    }
    guard fields.count > 38 else { return nil }
    minorFaults = number(10)
    majorFaults = number(12)
    ticks = number(14) + number(15)
    priority = Int(number(40))
    let policies: [UInt64: String] = [
      0: "OTHER", 1: "FIFO", 2: "RR", 3: "BATCH", 5: "IDLE", 6: "DEADLINE",
    ]
    policy = policies[number(41)] ?? "\(number(41))"
  }
}

/// Files of /proc.
enum Proc {
  /// The beginning of a small file; nil where it is not there.
  static func text(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { space in
      let count = read(file, space.baseAddress, space.count)
      return count > 0 ? String(decoding: space.prefix(count), as: UTF8.self) : nil
    }
  }

  /// The names in a folder.
  static func entries(_ path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Bytes of the process that are in RAM.
  static var residentBytes: UInt64 {
    let pages = text("/proc/self/statm")?.split(separator: " ").dropFirst().first
      .flatMap { UInt64($0) }
    return (pages ?? 0) * UInt64(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Seconds of processor time of the whole process.
  static var seconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
