import Foundation

/// What the kernel says of a process.
struct ProcessFigures {
  /// kB.
  var resident = 0
  var locked = 0
  var descriptors = 0
  var threads = 0
  /// Page faults of the three audio threads, and those of them that went to the disk.
  var audioFaults = 0
  var audioMajorFaults = 0
  /// Seconds of processor time.
  var processor = 0.0

  init() {}

  init(_ id: pid_t) {
    let status = (try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)) ?? ""
    for line in status.split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == ":" })
      guard words.count > 1, let value = Int(words[1]) else { continue }
      switch words[0] {
      case "VmRSS": resident = value
      case "VmLck": locked = value
      case "Threads": threads = value
      default: break
      }
    }
    let files = FileManager.default
    descriptors = (try? files.contentsOfDirectory(atPath: "/proc/\(id)/fd").count) ?? 0
    for task in (try? files.contentsOfDirectory(atPath: "/proc/\(id)/task")) ?? [] {
      let line =
        (try? String(contentsOfFile: "/proc/\(id)/task/\(task)/stat", encoding: .utf8)) ?? ""
      // The name is in brackets and may hold anything.
      guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")") else {
        continue
      }
      let name = line[line.index(after: open)..<close]
      let words = line[line.index(after: close)...].split(separator: " ")
      guard words.count > 12 else { continue }
      let number = { (place: Int) in Int(words[place]) ?? 0 }
      if ["hush-capture", "hush-denoise", "hush-output"].contains(name) {
        audioFaults += number(7) + number(9)
        audioMajorFaults += number(9)
      }
      processor += Double(number(11) + number(12)) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
  }
}
