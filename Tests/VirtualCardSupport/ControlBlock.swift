import Glibc
import Synchronization

/// The words that a test and the virtual card's plug-in share, as `vcard.c` lays them out.
final class ControlBlock: @unchecked Sendable {
  enum Word: Int {
    case magic, epoch, gone, stallFrom, stallUntil, busy
  }

  /// Words of a side, which begin at 16 for capture and at 32 for playback.
  enum SideWord: Int {
    case xrunsAsked, xruns, opens, open, starts, running, startFrame, hardware
    case program, time, rate, period, buffer, stops, suspendsAsked
  }

  private static let magic: UInt64 = 0x68_7573_6863_6172
  private static let count = 64
  private let words: UnsafeMutablePointer<Atomic<UInt64>>

  init(path: String, epoch: UInt64) {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    precondition(descriptor >= 0, "cannot make \(path)")
    defer { close(descriptor) }
    precondition(ftruncate(descriptor, ControlBlock.count * 8) == 0)
    let memory = mmap(
      nil, ControlBlock.count * 8, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let memory, memory != MAP_FAILED else { preconditionFailure("cannot map \(path)") }
    words = memory.bindMemory(to: Atomic<UInt64>.self, capacity: ControlBlock.count)
    self[.epoch] = epoch
    self[.magic] = ControlBlock.magic
  }

  deinit { munmap(words, ControlBlock.count * 8) }

  subscript(word: Word) -> UInt64 {
    get { words[word.rawValue].load(ordering: .sequentiallyConsistent) }
    set { words[word.rawValue].store(newValue, ordering: .sequentiallyConsistent) }
  }

  subscript(capture isCapture: Bool, word: SideWord) -> UInt64 {
    words[(isCapture ? 16 : 32) + word.rawValue].load(ordering: .sequentiallyConsistent)
  }

  func add(_ count: Int, capture isCapture: Bool, _ word: SideWord) {
    words[(isCapture ? 16 : 32) + word.rawValue].add(
      UInt64(count), ordering: .sequentiallyConsistent)
  }
}
