import AudioIO
import Foundation
import Glibc
import Synchronization
import Testing

/// Whole texts to descriptors of any kind.
@Suite struct WriteFullyTests {
  @Test func aFullDiskIsTold() {
    let full = open("/dev/full", O_WRONLY)
    defer { close(full) }
    #expect(writeFully(full, "text") == ENOSPC)
    #expect(writeFully(full, "") == nil)
    #expect(writeFully(-1, "text") == EBADF)
  }

  /// More than a pipe holds, to a reader that is slow.
  @Test func aSlowReaderGetsAll() {
    let ends = pipeThatDoesNotBlock()
    let text = String(repeating: "0123456789", count: 30_000)
    let got = Got()
    let isOver = DispatchSemaphore(value: 0)
    // A thread of its own: tasks may wait for each other.
    Thread.detachNewThread {
      var block = [UInt8](repeating: 0, count: 8192)
      while true {
        let n = Glibc.read(ends[0], &block, block.count)
        if n > 0 { got.bytes.withLock { $0 += block[..<n] } } else if n == 0 { break }
        usleep(500)
      }
      isOver.signal()
    }
    #expect(writeFully(ends[1], text) == nil)
    close(ends[1])
    isOver.wait()
    #expect(got.bytes.withLock { $0 } == Array(text.utf8))
    close(ends[0])
  }

  @Test func whoReadsNoMoreHoldsUpNobody() {
    let ends = pipeThatDoesNotBlock()
    let text = String(repeating: "0", count: 1 << 20)
    #expect(writeFully(ends[1], text) == EAGAIN)
    close(ends[0])
    close(ends[1])
  }

  private func pipeThatDoesNotBlock() -> [Int32] {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    return ends
  }

  private final class Got: Sendable {
    let bytes = Mutex<[UInt8]>([])
  }
}
