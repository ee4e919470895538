import CRealtime
import Glibc

/// The memory of the whole process.
public enum ProcessMemory {
  /// Locks all memory into RAM, what is used now and what will be, and keeps the allocator from
  /// giving any back, so that no thread waits for a page that it had before.
  ///
  /// All code is read in at once, since the path out of some rare trouble must not wait for a disk.
  /// Data is locked as it is first touched: the program with its libraries has several times what it
  /// ever uses, too much for a small board. The audio threads touch theirs before they start (stacks
  /// are pre-faulted, and the denoiser runs a hop when it is made).
  ///
  /// To be called once, early; not on a real-time thread. A refusal changes nothing.
  public static func lock() -> MemoryGrant {
    hush_keep_heap()
    let limit = hush_locking_limit()
    let failure =
      mlockall(Int32(MCL_CURRENT) | Int32(MCL_FUTURE) | Int32(MCL_ONFAULT)) == 0 ? 0 : errno
    if failure == 0 { readCode() }
    let locked = lockedBytes
    var grant = MemoryGrant(
      isLocked: failure == 0 && locked > 0, lockedBytes: locked,
      limit: limit == .max ? nil : limit)
    if !grant.isLocked { grant.refusal = refusal(failure, limit: limit) }
    return grant
  }

  /// Reads every page of the program's and its libraries' code.
  private static func readCode() {
    let file = open("/proc/self/maps", O_RDONLY)
    guard file >= 0 else { return }
    defer { close(file) }
    var text: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(file, &block, block.count)
      if count <= 0 { break }
      text += block[..<count]
    }
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
      // 7f0c1a228000-7f0c1a37d000 r-xp 00028000 fe:00 1234 /usr/lib/...
      let fields = line.split(separator: " ")
      guard fields.count > 5, fields[1].hasPrefix("r-x"), fields[5].hasPrefix("/") else { continue }
      let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard ends.count == 2, let start = UnsafeMutableRawPointer(bitPattern: ends[0]) else {
        continue
      }
      let size = Int(ends[1] - ends[0])
      // MADV_POPULATE_READ, of Linux 5.14; before that, by hand.
      if madvise(start, size, 22) == 0 { continue }
      var sum: UInt8 = 0
      for offset in stride(from: 0, to: size, by: 4096) {
        sum &+= start.load(fromByteOffset: offset, as: UInt8.self)
      }
      block[0] = sum
    }
  }

  /// Bytes that the kernel says are locked, or will be once they are touched.
  static var lockedBytes: UInt64 {
    let file = open("/proc/self/status", O_RDONLY)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    // The file has some 1,500 bytes.
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = read(file, &bytes, bytes.count)
    let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    for line in text.split(separator: "\n") where line.hasPrefix("VmLck:") {
      let words = line.split { $0 == " " || $0 == "\t" }
      return words.count > 1 ? (UInt64(words[1]) ?? 0) * 1024 : 0
    }
    return 0
  }

  private static func refusal(_ failure: Int32, limit: UInt64) -> String {
    let reason =
      failure == 0 ? "the kernel locks none" : String(cString: strerror(failure)).lowercased()
    let allowed = limit == .max ? "no limit" : "\(limit / 1024) KiB allowed"
    return "memory is not locked (\(reason), \(allowed)): under systemd set "
      + "LimitMEMLOCK=infinity; for a login add \"@audio - memlock unlimited\" to a file in "
      + "/etc/security/limits.d/, join the group audio and log in again; in a container add the "
      + "capability IPC_LOCK"
  }
}
