import Foundation
import Testing

/// A terminal window; it closes when the value goes.
final class PseudoTerminal {
  /// The device a program in the window is connected to.
  let name: String
  private let descriptor: Int32

  init() throws {
    descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    try #require(descriptor >= 0)
    // TIOCSPTLCK and TIOCGPTN, which Swift does not see.
    var locked: Int32 = 0
    try #require(ioctl(descriptor, 0x4004_5431, &locked) == 0)
    var number: UInt32 = 0
    try #require(ioctl(descriptor, 0x8004_5430, &number) == 0)
    name = "/dev/pts/\(number)"
  }

  deinit { close(descriptor) }
}
