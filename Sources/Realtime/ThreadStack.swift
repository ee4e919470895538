import Glibc

/// A thread's stack, all of it in memory before the thread begins: a page that is touched for the
/// first time costs a real-time thread a trip into the kernel.
///
/// Below it lies a page that cannot be touched, so that an overflow crashes rather than overwrites.
struct ThreadStack {
  let base: UnsafeMutableRawPointer
  let bytes: Int
  private static var page: Int { Int(sysconf(Int32(_SC_PAGESIZE))) }

  /// - Parameter bytes: rounded up to whole pages, 64 KiB at least.
  /// - Throws: `errno` if there is no memory.
  init(bytes wanted: Int, name: String) throws(ThreadError) {
    let page = Self.page
    bytes = (max(wanted, 64 * 1024) + page - 1) / page * page
    let memory = mmap(
      nil, bytes + page, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_POPULATE, -1, 0)
    guard let memory, memory != UnsafeMutableRawPointer(bitPattern: -1) else {
      throw ThreadError(name: name, errno: errno)
    }
    mprotect(memory, page, PROT_NONE)
    base = memory + page
  }

  func unmap() {
    let page = Self.page
    munmap(base - page, bytes + page)
  }
}
